"""What one file in devices/ says: how to know a device, how to speak to it, what it may do.

A device family is data. Adding a robot that speaks a known protocol needs no Python.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from agentd.errors import RefusedError
from agentd.model import SLOT, Argument, Choice, Device, Example, Flag, Kind, Number, Value
from agentd.toml_file import Table

HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{4}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Identifies = Literal["device", "firmware", "bridge"]


class UsbId(Table):
    """A VID/PID pair, and the strings that must also match (case-insensitive globs)."""

    vid: HexId
    pid: HexId
    manufacturer: str = ""
    product: str = ""
    serial: str = ""
    state: str = ""
    """What the stick or board is in when it shows this id (`dfu`, `booted`, `bootloader`)."""
    never_use: bool = False
    """Somebody else's, or a state in which a stray byte does harm: recognised, never opened."""


class Match(Table):
    """How to know it when it is plugged in.

    `identifies` says what the VID/PID proves: the `device` itself, only the board (its
    `firmware` is unknown), or just a `bridge` chip. Only `device` may be opened without
    listening, a probe that the owner allowed, or a pin.
    """

    usb: tuple[UsbId, ...] = ()
    identifies: Identifies = "bridge"
    probe: tuple[Slug, ...] = ()
    node: Literal["tty", "usb"] = "tty"
    kernel_driver: str = "cdc_acm"
    """The Linux module that gives it a tty; named to the owner when there is none."""


class LinkSpec(Table):
    """The serial line. `settle_s`: wait after opening (a board that resets on DTR)."""

    baud: Annotated[int, Field(ge=300, le=4_000_000)] = 115200
    settle_s: Annotated[float, Field(ge=0, le=10)] = 0.0


class Span(Table):
    """The accepted range of a numeric argument, both ends included."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.low > self.high:
            raise ValueError(f"a range with low <= high, not {self.low:g} to {self.high:g}")
        return self


class Confirm(Table):
    """An argument value that waits for a human's yes."""

    argument: str
    value: str | bool | float


class SaidExample(Table):
    """A sentence for a channel, and the arguments it stands for."""

    say: Annotated[str, Field(min_length=1, max_length=200)]
    set: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _slots_are_said(self) -> SaidExample:
        used = [slot for each in self.set.values() for slot in SLOT.findall(str(each))]
        missing = sorted(set(used) - set(SLOT.findall(self.say)))
        if missing:
            raise ValueError(f"an example whose `say` has the slot {{{missing[0]}}}")
        return self


class Channel(Table):
    """One addressable device behind this attachment.

    `wire` holds what only the protocol's driver reads (pins, addresses, wheel geometry, stop
    values); the driver checks it when it opens.
    """

    id: Slug
    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    limits: dict[str, Span] = Field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    confirm: tuple[Confirm, ...] = ()
    moves: bool = False
    reports: bool = True
    examples: tuple[SaidExample, ...] = ()
    wire: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _examples_fit(self) -> Channel:
        arguments = self._arguments()
        for example in self.examples:
            for name, value in example.set.items():
                _fits(example.say, name, value, arguments)
            ways = {"distance_m", "angle_deg"} & set(example.set)
            if self.kind is Kind.DRIVE and len(ways) != 1:
                way = "distance_m (drive) or angle_deg (turn), one of them,"
                raise ValueError(f'{way} in the example "{example.say}"')
        return self

    def _arguments(self) -> dict[str, Argument]:
        arguments: dict[str, Argument] = {
            key: Number(span.low, span.high, span.unit, span.whole)
            for key, span in self.limits.items()
        }
        arguments |= {key: Choice(options) for key, options in self.choices.items()}
        return arguments | {key: Flag() for key in self.flags}

    def device(
        self, *, id: str, name: str, area: str, via: str, aliases: tuple[str, ...] | None = None
    ) -> Device:
        """Return the device this channel becomes once attached; `aliases` instead of its own."""
        confirm: frozenset[tuple[str, Value]] = frozenset(
            (each.argument, each.value) for each in self.confirm
        )
        return Device(
            id=id,
            name=name,
            kind=self.kind,
            area=area,
            aliases=self.aliases if aliases is None else aliases,
            examples=tuple(Example(each.say, each.set) for each in self.examples),
            arguments=self._arguments(),
            confirm=confirm,
            moves=self.moves,
            reports=self.reports,
            via=via,
        )


def _fits(say: str, name: str, value: Value, arguments: dict[str, Argument]) -> None:
    """Raise `ValueError` when the channel does not accept what an example sets."""
    if name not in arguments:
        known = ", ".join(sorted(arguments)) or "nothing"
        raise ValueError(f'one of {known} in the example "{say}", not {name}')
    if isinstance(value, str) and SLOT.search(value):
        return
    try:
        arguments[name].check(name, value)
    except RefusedError as error:
        raise ValueError(f'an example that is allowed; "{say}": {error}') from None


class Runtime(Table):
    """What an AI stick needs before it can run anything, and what it can never do.

    `module` is the Python module and `library` the shared library (`libedgetpu.so.1`) whose
    presence makes the stick usable; both are empty when there is no way to install one today,
    which makes the stick `unsupported`.
    """

    name: str
    module: str = ""
    library: str = ""
    model_format: str
    onnx: Literal["no", "offline-convert", "build-from-source", "legacy-only"]
    next_step: str
    never_use: bool = False


class DeviceSpec(Table):
    """One file in devices/."""

    id: Slug
    name: str
    protocol: str = ""
    match: Match = Match()
    link: LinkSpec = LinkSpec()
    channels: tuple[Channel, ...] = ()
    wire: dict[str, bool | int | float | str] = Field(default_factory=dict)
    """What the protocol's driver reads for the whole attachment (heartbeat, geometry)."""
    accelerator: Runtime | None = None
    udev: tuple[str, ...] = ()
    """Rules beyond the ones generated from the ids (latency timers, ModemManager)."""
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...]
    confidence: Literal["primary", "secondary", "unverified"]

    @field_validator("channels")
    @classmethod
    def _unique(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        ids = [channel.id for channel in channels]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"channels with ids of their own; twice: {', '.join(twice)}")
        bases = {each.partition(".")[0] for each in ids}
        if len(bases) > 1:
            raise ValueError(f"channels that share one base (rover, rover.arm), not {ids}")
        return channels
