"""Waveshare rovers on the General Driver: drive and turn, closed over the robot's own feedback.

The lease is the robot's: it stops its wheels `heartbeat_ms` after the last T=1, whatever becomes
of this process. While a course runs it is renewed every `TICK_S`; otherwise nothing is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers import Driver, Host
from agentd.drivers.differential import Course, Goal, Verdict, straight, turn
from agentd.drivers.waveshare.codec import (
    STOP,
    BaseFeedback,
    Command,
    Decoder,
    Dropped,
    Frame,
    ServoError,
    SetEcho,
    SetFeedbackFlow,
    SetFeedbackInterval,
    SetHeartbeat,
    WheelSpeeds,
    encode,
)
from agentd.drivers.waveshare.settings import Settings, settings_of
from agentd.drivers.waveshare.telemetry import Telemetry, short
from agentd.errors import AgentdError, LinkError, ProtocolError, Reason, refuse
from agentd.model import Action, Device, Outcome, Status, Value
from agentd.transport import Link

log = logging.getLogger(__name__)

TICK_S = 0.05
QUICK_MS = 10
"""The feedback interval while a course waits for the report it starts from."""
HANDSHAKE_S = 1.5
QUIET_S = 5.0
"""Without feedback for this long the robot is off, rebooted or not a robot."""
GARBAGE_LINES = 50
SETTLE_S = 1.5
HALT = b"\n" + encode(STOP)
"""The LF first: a line that an earlier break cut short must not swallow the stop."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A state attribute, and how far off is worth a word (`noted`) or a failure (`lost`)."""

    name: str
    unit: str
    digits: int
    noted: float
    lost: float


DISTANCE = Measure("distance_m", "m", 3, noted=0.01, lost=0.03)
ANGLE = Measure("angle_deg", "degrees", 1, noted=3, lost=8)


class WaveshareRover:
    """One rover. Create it with `open_waveshare`."""

    def __init__(self, link: Link, settings: Settings, telemetry: Telemetry) -> None:
        self._link = link
        self._attachment = settings.attachment
        self._wheels = settings.wheels
        self._base = settings.base
        self._telemetry = telemetry
        self._decoder = Decoder()
        self._garbage = 0
        self._dropped = b""
        self._silent_servos: set[int] = set()
        """Told once: a rover without its arm repeats it on every turn of its loop."""
        self._heard = asyncio.Event()
        self._halts = 0
        self._course: Course | None = None
        self._start = (0.0, 0.0)
        self._busy = False
        self._broken: AgentdError | None = None
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Read the robot until the wire breaks (`LinkError`) or makes no sense (`ProtocolError`).

        A robot that reports nothing for `QUIET_S` was switched off or has lost our settings.
        """
        try:
            while True:
                await self._listen(self._telemetry.heard_at + QUIET_S)
        except AgentdError as error:
            self._broken = error
            raise

    async def shake_hands(self) -> None:
        """Stop the wheels, arm the robot's watchdog, wait for its first feedback.

        Raises `ProtocolError` when none comes within `HANDSHAKE_S`.
        """
        self._link.write(HALT)
        self._configure(self._attachment.moving_ms)
        deadline = self._loop.time() + HANDSHAKE_S
        while not self._telemetry.count:
            await self._listen(deadline)
        self._say(SetFeedbackInterval(self._attachment.idle_ms))

    async def apply(self, action: Action) -> Outcome:
        """Drive or turn, and say how far it really went.

        Raises `LinkError` or `ProtocolError` when the robot is gone, `RefusedError` (unsupported,
        busy) when it is asked for something else or for two things at once.
        """
        if self._broken:
            raise self._broken
        if self._busy:
            raise refuse(Reason.BUSY, "The rover is still moving.")
        asked, wheels = action.arguments, self._wheels
        match action.tool:
            case "drive":
                distance = _number(asked, "distance_m")
                speed = _number(asked, "speed_mps", wheels.speed_mps)
                verdict = await self._go(straight(self._base, distance, speed))
                return self._outcome(verdict, DISTANCE, distance, sum(self._gone()) / 2)
            case "turn":
                angle = _number(asked, "angle_deg")
                speed = _number(asked, "speed_dps", wheels.speed_dps)
                verdict = await self._go(turn(self._base, angle, speed))
                return self._outcome(verdict, ANGLE, angle, self._base.angle_deg(*self._gone()))
        raise refuse(Reason.UNSUPPORTED, f"A rover cannot {action.tool}.", value=action.tool)

    def halt(self) -> None:
        """Stop the wheels now and end the course under way. Never raises."""
        self._halts += 1
        with contextlib.suppress(LinkError):
            self._link.write(HALT)

    def close(self) -> None:
        """Stop the wheels and let go of the port."""
        self.halt()
        self._link.close()

    async def _go(self, goal: Goal) -> Verdict:
        halts, self._busy = self._halts, True
        self._start = self._telemetry.rolled_m
        try:
            self._configure(QUICK_MS)
            if not await self._reports():
                return Verdict.SILENT
            self._say(SetFeedbackInterval(self._attachment.moving_ms))
            self._start = self._telemetry.rolled_m
            verdict = await self._follow(goal, halts)
            settled = await self._settled()
            return verdict if settled or verdict is not Verdict.ARRIVED else Verdict.ROLLING
        finally:
            self._busy, self._course = False, None
            with contextlib.suppress(LinkError):
                self._link.write(HALT)
                self._say(SetFeedbackInterval(self._attachment.idle_ms))
            self._telemetry.tell(self._loop.time())

    async def _follow(self, goal: Goal, halts: int) -> Verdict:
        self._course = course = Course(self._base, goal, self._loop.time())
        while halts == self._halts:
            if self._broken:
                raise self._broken
            told = course.step(self._loop.time())
            if told.verdict is not Verdict.RUNNING:
                return told.verdict
            self._say(WheelSpeeds(told.left_mps, told.right_mps))
            await asyncio.sleep(TICK_S)
        return Verdict.HALTED

    async def _reports(self) -> bool:
        """Wait for a report sent after now: the way is counted from there."""
        self._heard.clear()
        try:
            async with asyncio.timeout(self._base.silence_s):
                await self._heard.wait()
        except TimeoutError:
            return False
        return True

    async def _settled(self) -> bool:
        """Repeat the stop until two reports say that the wheels rest."""
        seen, rests = self._telemetry.count, 0
        for _ in range(int(SETTLE_S / TICK_S)):
            self._say(STOP)
            await asyncio.sleep(TICK_S)
            if self._telemetry.count > seen:
                seen = self._telemetry.count
                rests = rests + 1 if self._telemetry.at_rest else 0
            if rests >= 2:
                return True
        return False

    def _gone(self) -> tuple[float, float]:
        """How far each wheel has rolled on this course."""
        left, right = self._telemetry.rolled_m
        return left - self._start[0], right - self._start[1]

    def _outcome(self, verdict: Verdict, measure: Measure, asked: float, got: float) -> Outcome:
        state = {**self._telemetry.state, measure.name: short(got, measure.digits)}
        went = f"went {got:.{measure.digits}f} of {asked:g} {measure.unit}"
        if verdict is not Verdict.ARRIVED:
            return Outcome(Status.FAILED, state, f"It {went}: {verdict}.")
        off = abs(got - asked)
        if off > measure.lost + 0.05 * abs(asked):
            return Outcome(Status.FAILED, state, f"It {went}.")
        return Outcome(Status.DONE, state, f"It {went}." if off > measure.noted else "")

    def _configure(self, interval_ms: int) -> None:
        """Say all settings again: a robot that was switched off and on has forgotten them."""
        self._say(SetHeartbeat(self._attachment.heartbeat_ms))
        self._say(SetEcho(False))
        self._say(SetFeedbackInterval(interval_ms))
        self._say(SetFeedbackFlow(True))

    def _say(self, command: Command) -> None:
        self._link.write(encode(command))

    async def _listen(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                data = await self._link.read()
        except TimeoutError:
            raise ProtocolError(
                f"{self._link.name}: no feedback from a Waveshare rover.",
                self._dropped,
                hint="Is it switched on, and is this its port?",
            ) from None
        for item in self._decoder.feed(data):
            self._hear(item, self._loop.time())

    def _hear(self, item: Frame | Dropped, now: float) -> None:
        """Take in one line. Our own commands, echoed until the echo is off, say nothing new."""
        match item:
            case BaseFeedback():
                self._garbage = 0
                self._telemetry.hear(item, now)
                self._heard.set()
                if self._course:
                    self._course.measured(self._gone(), self._telemetry.speeds_mps, now)
            case ServoError(servo) if servo not in self._silent_servos:
                self._silent_servos.add(servo)
                log.warning("%s: bus servo %d does not answer", self._link.name, servo)
            case Dropped(reason, data):
                log.debug("%s: dropped (%s): %r", self._link.name, reason, data)
                self._dropped = data
                self._garbage += 1
                if self._garbage > GARBAGE_LINES:
                    raise ProtocolError(f"{self._link.name}: talks nonsense ({reason}).", data)


async def open_waveshare(
    link: Link, spec: DeviceSpec, devices: Sequence[Device], host: Host
) -> Driver:
    """Shake hands with the rover on `link`; its wheels are stopped first.

    Raises `ProtocolError` when it does not answer as one, `ConfigError` for a bad `wire` table,
    `LinkError` when the wire breaks. The link then stays the caller's to close.
    """
    settings = settings_of(spec, devices)
    telemetry = Telemetry(
        settings.rover_id, settings.battery_id, settings.base.track_m, host.report
    )
    driver = WaveshareRover(link, settings, telemetry)
    await driver.shake_hands()
    return driver


def _number(arguments: Mapping[str, Value], name: str, default: float | None = None) -> float:
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refuse(Reason.BAD_ARGUMENT, f"{name} must be a number.", value=value)
    return value
