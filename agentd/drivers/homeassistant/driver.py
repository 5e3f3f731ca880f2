"""The driver of a whole home: actions out as MQTT messages, the devices' own reports back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import NoReturn

from agentd.config import Mqtt
from agentd.drivers import Host
from agentd.drivers.homeassistant.entity import Message
from agentd.drivers.homeassistant.household import Aliases, Household
from agentd.drivers.homeassistant.thing import Thing
from agentd.errors import AgentdError, Reason, refuse
from agentd.model import NOTHING, Action, Outcome, State, Status
from agentd.transport.mqtt import MqttLink

log = logging.getLogger(__name__)

ANSWER_S = 2.0
"""How long after a command something may take to say that it moves."""


class HomeDriver:
    """Implements `agentd.drivers.Driver` for all that is announced at one broker.

    Create it on the event loop. `aliases` adds names, by device id, that an announcement has no
    place for (other languages).
    """

    def __init__(
        self, link: MqttLink, settings: Mqtt, host: Host, aliases: Aliases = NOTHING
    ) -> None:
        self._link = link
        self._timeout_s = settings.command_timeout_s
        self._household = Household(link, settings.discovery_prefix, host, aliases)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        link.watch(lambda connected, reason: self._household.connection(connected))

    @property
    def problems(self) -> Mapping[str, str]:
        """Announcements that are not used, by topic, and why."""
        return self._household.problems

    async def run(self) -> NoReturn:
        """Hear announcements until cancelled; the link itself reconnects for ever."""
        for topic_filter in self._household.filters:
            self._link.subscribe(topic_filter, self._household.announce)
        try:
            while True:
                await asyncio.Event().wait()
        finally:
            self.close()

    async def apply(self, action: Action) -> Outcome:
        """Publish what was asked and wait for the device to report it.

        Raises `RefusedError` for an unknown device or argument and `LinkError` when the broker
        or the device is lost on the way.
        """
        thing = self._household.things.get(action.device_id)
        if thing is None:
            raise refuse(Reason.UNKNOWN_DEVICE, f"No device {action.device_id} is announced.")
        why_not = thing.missing()
        if why_not:
            return Outcome(Status.FAILED, dict(thing.state), why_not)
        if action.tool == "stop":
            return await self._stop(thing)
        return await self._command(thing, action)

    def halt(self) -> None:
        """Stop whatever moves, but what says itself that it rests; never raises."""
        for thing in self._household.things.values():
            if thing.entity.moves and self._may_move(thing):
                self._fire(thing.entity.stop())

    def close(self) -> None:
        """Stop hearing announcements."""
        for topic_filter in self._household.filters:
            self._link.unsubscribe(topic_filter, self._household.announce)

    async def _command(self, thing: Thing, action: Action) -> Outcome:
        asked = action.arguments
        unknown = set(asked) - set(thing.device.arguments)
        if unknown or (thing.device.arguments and not asked):
            accepted = ", ".join(thing.device.arguments)
            message = f"{thing.device.name} takes {accepted or 'no arguments'}."
            raise refuse(Reason.UNSUPPORTED, message, accepted=accepted)
        messages = thing.entity.encode(asked)
        if not messages:
            raise refuse(Reason.UNSUPPORTED, f"{thing.device.name} takes no commands.")
        before, seen = dict(thing.state), thing.reports
        thing.commanded_at = self._loop.time()
        try:
            await self._publish(messages)
            if not set(thing.entity.expected(asked)) & thing.entity.reported:
                return Outcome(Status.UNVERIFIED, before, "it does not report what it does")
            word = await thing.settle(
                lambda state: thing.entity.verdict(asked, state), seen, self._timeout_s
            )
        except asyncio.CancelledError:
            self._fire(thing.entity.stop())
            raise
        return thing.outcome(asked, word, before, seen, self._timeout_s)

    async def _stop(self, thing: Thing) -> Outcome:
        seen, messages = thing.reports, thing.entity.stop()
        if not messages:
            raise refuse(Reason.UNSUPPORTED, f"{thing.device.name} cannot be stopped.")
        await self._publish(messages)
        if "moving" not in thing.state:
            return Outcome(Status.UNVERIFIED, dict(thing.state), "it does not report what it does")
        word = await thing.settle(_at_rest, seen, self._timeout_s)
        status = Status.FAILED if word is None else Status.DONE
        message = f"it still moves after {self._timeout_s:g} s" if word is None else ""
        return Outcome(status, dict(thing.state), message)

    async def _publish(self, messages: list[Message]) -> None:
        for topic, payload in messages:
            await self._link.publish(topic, payload, expires_s=self._timeout_s)

    def _may_move(self, thing: Thing) -> bool:
        at_rest = thing.state.get("moving") == ""
        return not at_rest or self._loop.time() - thing.commanded_at < ANSWER_S

    def _fire(self, messages: list[Message]) -> None:
        """Publish without waiting and without a word when it fails: nobody is left to tell."""
        if messages:
            task = self._loop.create_task(self._publish(messages))
            self._tasks.add(task)
            task.add_done_callback(self._fired)

    def _fired(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, AgentdError):
            log.warning("a stop could not be sent: %s", error)
        elif error is not None:
            log.error("a stop could not be sent", exc_info=error)


def _at_rest(state: State) -> str | None:
    return None if state.get("moving") else ""
