"""What is plugged in, for a person: what it was taken for, why, what is missing and the cure."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from agentd.catalogue.identification import Basis
from agentd.catalogue.readiness import Readiness, StickState
from agentd.catalogue.spec import DeviceSpec
from agentd.discovery.book import Change, Seen, Sighting
from agentd.events import Event, PortGone, PortSeen

RULES = (
    "sudo groupadd --system --force agentd && sudo usermod -aG agentd {user} && "
    "python3 -m agentd.catalogue.udev | sudo tee /etc/udev/rules.d/70-agentd.rules >/dev/null && "
    "sudo udevadm control --reload && sudo udevadm trigger"
)
HANDS_OFF = (Basis.RADIO, Basis.NEVER_USE, Basis.UNKNOWN)

StickReadiness = Callable[[Iterable[DeviceSpec]], Readiness | None]
"""Says how ready an AI stick is that is one of these families; None when none is a stick."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that keeps a device from being used, and the exact cure."""

    what: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing plugged in.

    `state` is a stick's (`ready`, `needs-runtime`, `needs-converted-model`, `unsupported`) or one
    of `usable`, `degraded` (recognised, but it does not answer now), `no-driver` (known, but
    nothing here speaks to it), `needs-pin`, `left-alone`, `no-permission`, `no-tty`, `unknown`.
    """

    port: str
    path: str
    usb_id: str
    name: str
    device: str
    basis: str
    reason: str
    state: str
    missing: tuple[Missing, ...] = ()


def describe(
    sightings: Iterable[Sighting], stick: StickReadiness, *, user: str = ""
) -> tuple[Row, ...]:
    """Return a row for each sighting; `user` is who would need the permission."""
    who = user or getpass.getuser()
    return tuple(row(each, stick, user=who) for each in sightings)


def row(sighting: Sighting, stick: StickReadiness, *, user: str = "USER") -> Row:
    """Return what there is to say about one sighting."""
    port, known = sighting.port, sighting.identification
    missing = _missing(sighting, stick, user)
    name = f"{known.name} ({known.state})" if known.state else known.name
    return Row(
        port=port.id,
        path=port.stable_path,
        usb_id=port.usb_id,
        name=name,
        device=known.spec.id if known.spec else "",
        basis=known.basis,
        reason=known.reason,
        state=_state(sighting, stick),
        missing=missing,
    )


def event(change: Change, stick: StickReadiness) -> Event:
    """Return the event that tells everyone about `change`."""
    if not isinstance(change, Seen):
        return PortGone(port=change.sighting.port.id)
    said = row(change.sighting, stick)
    return PortSeen(port=said.port, what=json.dumps(asdict(said)), state=said.state)


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows as a JSON list."""
    return json.dumps([asdict(each) for each in rows], indent=2, ensure_ascii=False)


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows as a table, each with the reason and the cures below it."""
    if not rows:
        return "Nothing is plugged in that could be a robot or an AI stick."
    cells = [(each.path or each.port, each.usb_id, each.state, each.name) for each in rows]
    head = ("PORT", "USB ID", "STATE", "WHAT IT IS")
    widths = [max(len(line[column]) for line in (head, *cells)) for column in range(3)]
    lines = [_line(head, widths)]
    for each, line in zip(rows, cells, strict=True):
        lines += [_line(line, widths), f"    why: {each.reason}"]
        for one in each.missing:
            lines += (
                [f"    missing: {one.what}", f"    fix: {one.fix}"]
                if one.fix
                else [f"    missing: {one.what}"]
            )
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join((*padded, cells[-1])).rstrip()


def _state(sighting: Sighting, stick: StickReadiness) -> str:
    known = sighting.identification
    if known.basis in HANDS_OFF:
        return "unknown" if known.basis is Basis.UNKNOWN else "left-alone"
    if _lacks_tty(sighting):
        return "no-tty"
    if not sighting.port.allowed:
        return "no-permission"
    ready = stick(known.candidates)
    if ready:
        return ready.state
    driven = "usable" if known.spec and known.spec.protocol else "no-driver"
    return driven if known.spec else "needs-pin"


def _missing(sighting: Sighting, stick: StickReadiness, user: str) -> tuple[Missing, ...]:
    known = sighting.identification
    if known.basis in HANDS_OFF:
        return ()
    found = []
    if _lacks_tty(sighting):
        module = known.candidates[0].match.kernel_driver
        found.append(
            Missing(f"no tty: its driver {module} is not there", f"sudo modprobe {module}")
        )
    elif not sighting.port.allowed:
        found.append(_permission(sighting, user))
    ready = stick(known.candidates)
    if ready and ready.state is not StickState.READY:
        found.append(Missing(ready.reason, ready.next_step))
    return tuple(found)


def _lacks_tty(sighting: Sighting) -> bool:
    """Whether the device should have a tty and shows only its USB node."""
    families = sighting.identification.candidates
    return (
        sighting.port.subsystem == "usb"
        and bool(families)
        and all(spec.match.node == "tty" for spec in families)
    )


def _permission(sighting: Sighting, user: str) -> Missing:
    port = sighting.port
    if port.group in ("", "root"):
        return Missing(f"no permission: {port.node} belongs to root alone", RULES.format(user=user))
    fix = f"sudo usermod -aG {port.group} {user}, then log in again"
    return Missing(f"no permission: {port.node} belongs to the group {port.group}", fix)
