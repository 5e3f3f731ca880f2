"""What a port is taken for, on what grounds, and when two such answers are about one AI stick."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agentd.catalogue.spec import DeviceSpec
from agentd.config import Pin


class Basis(StrEnum):
    """What an identification rests on. The words are part of the API."""

    PIN = "pin"
    RADIO = "radio"
    NEVER_USE = "never-use"
    ID = "id"
    HEARD = "heard"
    AMBIGUOUS = "ambiguous"
    FIRMWARE = "firmware-unknown"
    BRIDGE = "bridge"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard on a line: the protocol spoken there, how we know, and the words seen."""

    protocol: str
    by: str
    """`listen`, or the name of the probe that was answered."""
    detail: str = ""
    baud: int = 0

    def in_words(self) -> str:
        """Return `the grbl probe found grbl (Grbl 1.1h)`."""
        how = "listening" if self.by == "listen" else f"the {self.by} probe"
        return f"{how} found {self.protocol}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """What a port is taken for. Only with a `spec` may it be opened.

    `candidates` are the families its id fits. `probes` may be tried when the owner allows it.
    """

    basis: Basis
    reason: str
    name: str
    spec: DeviceSpec | None = None
    pin: Pin | None = None
    candidates: tuple[DeviceSpec, ...] = ()
    state: str = ""
    probes: tuple[str, ...] = ()
    heard: Heard | None = None


def is_stick(seen: Identification) -> bool:
    """Say whether `seen` is an AI stick, whichever of its candidates it is."""
    return any(spec.accelerator for spec in seen.candidates)


def same_stick(before: Identification, after: Identification) -> Identification | None:
    """Return `after` if it can be the stick that was `before` in the same socket, else None.

    A stick shows one id before its firmware is loaded and another afterwards. Families that share
    an id are told apart by what the stick was before.
    """
    common = tuple(
        spec for spec in after.candidates if spec.accelerator and spec in before.candidates
    )
    if not common:
        return None
    if len(common) > 1 or len(after.candidates) == 1:
        return replace(after, candidates=common)
    was = f" ({before.state})" if before.state else ""
    return replace(
        after,
        basis=Basis.ID,
        reason=f"{common[0].name}{was} until a moment ago in the same socket.",
        name=common[0].name,
        spec=common[0],
        candidates=common,
    )
