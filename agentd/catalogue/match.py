"""From a port to what it is, and why we think so.

The order: the owner's pin, the radios' deny-list, ids that must not be used, ids that name the
device itself, what was heard on the line. VID/PID of a bridge chip or of a bare board names no
robot, so it is never enough to open the port.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from agentd.catalogue import Catalogue
from agentd.catalogue.identification import Basis, Heard, Identification
from agentd.catalogue.port import Port
from agentd.catalogue.radios import plain
from agentd.catalogue.spec import DeviceSpec, UsbId
from agentd.config import Pin
from agentd.errors import nearest


@dataclass(frozen=True, slots=True)
class _Fit:
    spec: DeviceSpec
    id: UsbId

    @property
    def by_strings(self) -> bool:
        return bool(self.id.manufacturer or self.id.product or self.id.serial)

    @property
    def proves_device(self) -> bool:
        return self.spec.match.identifies == "device"


def identify(
    port: Port, catalogue: Catalogue, pins: Sequence[Pin] = (), heard: Heard | None = None
) -> Identification:
    """Return what `port` is; `heard` is what listening or a probe found on it."""
    for pin in pins:
        if pin.path in port.names:
            return _pinned(pin, catalogue)
    for radio in catalogue.radios:
        if radio.is_(port):
            stack = " or ".join(radio.stack) or "its own software"
            reason = f"{port.usb_id} with its strings is a radio used by {stack}; never opened."
            return Identification(basis=Basis.RADIO, reason=reason, name=radio.name)
    fits = list(_fits(port, catalogue))
    if not fits:
        return _unknown(port)
    for fit in fits:
        if fit.id.never_use or (fit.spec.accelerator and fit.spec.accelerator.never_use):
            return _never(port, fit)
    return _by_id(port, fits) or _by_hearing(port, fits, heard)


def _fits(port: Port, catalogue: Catalogue) -> Iterator[_Fit]:
    """Yield each family once, with the id that fits; ids that also ask for strings come first."""
    for spec in catalogue.specs.values():
        fitting = [_Fit(spec, each) for each in spec.match.usb if _same(each, port)]
        if fitting:
            yield max(fitting, key=lambda fit: fit.by_strings)


def _same(wanted: UsbId, port: Port) -> bool:
    if (wanted.vid, wanted.pid) != (port.vid, port.pid):
        return False
    strings = (
        (wanted.manufacturer, port.manufacturer),
        (wanted.product, port.product),
        (wanted.serial, port.serial),
    )
    return all(fnmatchcase(plain(have), plain(glob)) for glob, have in strings if glob)


def _pinned(pin: Pin, catalogue: Catalogue) -> Identification:
    spec = catalogue.specs.get(pin.device)
    if spec:
        reason = f"config.toml pins {pin.path} to {pin.device}."
        return Identification(basis=Basis.PIN, reason=reason, name=spec.name, spec=spec, pin=pin)
    near = nearest(pin.device, catalogue.specs)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    reason = f'config.toml pins {pin.path} to "{pin.device}", which no device file describes.{hint}'
    return Identification(basis=Basis.PIN, reason=reason, name=pin.device, pin=pin)


def _never(port: Port, fit: _Fit) -> Identification:
    state = f" ({fit.id.state})" if fit.id.state else ""
    return Identification(
        basis=Basis.NEVER_USE,
        reason=f"{port.usb_id} is {fit.spec.name}{state}; agentd leaves it alone.",
        name=fit.spec.name,
        candidates=(fit.spec,),
        state=fit.id.state,
    )


def _by_id(port: Port, fits: Sequence[_Fit]) -> Identification | None:
    """Return the device that the id proves, or None when it proves none.

    Where some family says that the id is only a bridge or a board, another's claim to the same id
    counts only with strings of its own.
    """
    shared = any(not fit.proves_device for fit in fits)
    proven = [fit for fit in fits if fit.proves_device and (fit.by_strings or not shared)]
    if any(fit.by_strings for fit in proven):
        proven = [fit for fit in proven if fit.by_strings]
    if not proven:
        return None
    if len(proven) > 1:
        return _ambiguous(port, proven)
    fit = proven[0]
    strings = " and its strings name" if fit.by_strings else " names"
    return Identification(
        basis=Basis.ID,
        reason=f"VID/PID {port.usb_id}{strings} the device itself.",
        name=fit.spec.name,
        spec=fit.spec,
        candidates=(fit.spec,),
        state=fit.id.state,
    )


def _ambiguous(port: Port, fits: Sequence[_Fit]) -> Identification:
    names = " or ".join(fit.spec.name for fit in fits)
    states = {fit.id.state for fit in fits}
    return Identification(
        basis=Basis.AMBIGUOUS,
        reason=f"VID/PID {port.usb_id} is shared by {names}; the id alone cannot tell.",
        name=names,
        candidates=tuple(fit.spec for fit in fits),
        state=states.pop() if len(states) == 1 else "",
    )


def _by_hearing(port: Port, fits: Sequence[_Fit], heard: Heard | None) -> Identification:
    """Return what was heard, or that the id is not enough."""
    candidates = tuple(fit.spec for fit in fits)
    if heard is None:
        return _only_a_chip(port, fits, candidates)
    speaking = [spec for spec in candidates if spec.protocol == heard.protocol]
    said = heard.in_words()
    if len(speaking) == 1:
        return Identification(
            basis=Basis.HEARD,
            reason=f"{said}; of the families with {port.usb_id} only this one speaks it.",
            name=speaking[0].name,
            spec=speaking[0],
            candidates=candidates,
            heard=heard,
        )
    several = ", ".join(spec.id for spec in speaking)
    which = f"several families speak it ({several})" if several else "no device file for it fits"
    return Identification(
        basis=Basis.AMBIGUOUS,
        reason=f"{said}, but {which}; {pin_hint(port, several.split(', ')[0])}",
        name=f"{_chip(fits).name}, speaking {heard.protocol}",
        candidates=candidates,
        heard=heard,
    )


def _only_a_chip(
    port: Port, fits: Sequence[_Fit], candidates: tuple[DeviceSpec, ...]
) -> Identification:
    chip = _chip(fits)
    tty = port.subsystem == "tty"
    probes = tuple(dict.fromkeys(each for spec in candidates for each in spec.match.probe))
    robots = [spec.id for spec in candidates if spec.protocol]
    if chip.match.identifies == "bridge":
        basis, says = Basis.BRIDGE, f"names only a bridge chip ({chip.name})"
    else:
        basis, says = Basis.FIRMWARE, f"names the board ({chip.name}), not what runs on it"
    return Identification(
        basis=basis,
        reason=f"VID/PID {port.usb_id} {says}; {pin_hint(port, robots[0] if robots else '')}",
        name=chip.name,
        candidates=candidates,
        probes=probes if tty else (),
    )


def _chip(fits: Sequence[_Fit]) -> DeviceSpec:
    """Return the family that says least: the bare chip or board, not a robot built on it."""
    return min((fit.spec for fit in fits), key=lambda spec: (bool(spec.protocol), spec.id))


def pin_hint(port: Port, device: str = "") -> str:
    """Return the line that pins `port` in config.toml."""
    path = port.stable_path or "/dev/serial/by-path/..."
    return (
        f'pin it in config.toml: [[discovery.pins]] path = "{path}", device = "{device or "..."}".'
    )


def _unknown(port: Port) -> Identification:
    if not port.vid:
        reason = f"not a USB port, so nothing says what it is; {pin_hint(port)}"
    else:
        reason = f"no device file knows {port.usb_id}."
    name = port.product or port.usb_id or port.node
    return Identification(basis=Basis.UNKNOWN, reason=reason, name=name)
