"""Topics under `agentd/<node>/`: `say` -> `reply`, `estop/set`, `confirmation` -> `confirm/set`,
`device/<id>/state`, `event`.

Whoever may publish on the broker may speak and say yes here, so the broker's own access list
decides who that is; `mqtt.say = false` closes the ear. An e-stop is always heard; a reset never
comes this way, because a retained or replayed message must not set anything moving.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from agentd import trace
from agentd.agent import Agent
from agentd.brains.language import language_of
from agentd.config import Settings
from agentd.errors import AgentdError, LinkError, RefusedError
from agentd.events import (
    Bus,
    CommandFinished,
    ConfirmationWanted,
    DeviceAttached,
    EStopLatched,
    EStopReset,
    Event,
    StateReported,
)
from agentd.home.heard import MAX_PAYLOAD, Heard, heard
from agentd.model import WENT_WELL, Asker
from agentd.safety import Gate
from agentd.state import States
from agentd.tools import Toolbox
from agentd.transport.mqtt import MqttLink

log = logging.getLogger(__name__)

SAY_AT_ONCE = 4
STOP_WORDS = {"stop", "on", "1", "true", "estop", "emergency_stop"}


class MqttDoor:
    """Listens on the broker and answers there."""

    def __init__(
        self,
        *,
        link: MqttLink,
        agent: Agent,
        toolbox: Toolbox,
        gate: Gate,
        states: States,
        bus: Bus,
        settings: Settings,
    ) -> None:
        self._link = link
        self._agent = agent
        self._toolbox = toolbox
        self._gate = gate
        self._states = states
        self._bus = bus
        self._settings = settings
        self._base = f"{settings.mqtt.topic}/{settings.daemon.node}"
        self._talks: set[asyncio.Task[None]] = set()
        self._robots: set[str] = set()

    async def run(self) -> None:
        """Serve until cancelled."""
        self._link.subscribe(f"{self._base}/estop/set", self._on_estop)
        if self._settings.mqtt.say:
            self._link.subscribe(f"{self._base}/say", self._on_say)
            self._link.subscribe(f"{self._base}/confirm/set", self._on_confirm)
        try:
            with self._bus.subscribe() as events:
                async for event in events:
                    await self._tell(event)
        finally:
            self._link.unsubscribe(f"{self._base}/estop/set", self._on_estop)
            self._link.unsubscribe(f"{self._base}/say", self._on_say)
            self._link.unsubscribe(f"{self._base}/confirm/set", self._on_confirm)
            for talk in self._talks:
                talk.cancel()

    def _on_estop(self, topic: str, payload: bytes, retained: bool) -> None:
        words = payload[:MAX_PAYLOAD].decode(errors="replace").strip()
        if retained:
            log.warning("a retained message on %s was ignored; publish it unretained", topic)
        elif words.lower() in STOP_WORDS or words.startswith("{"):
            with trace.under(trace.new_id()):
                self._gate.estop("mqtt", "estop/set")
        else:
            log.warning("%s: %r is not understood; publish stop", topic, words[:40])

    def _on_say(self, topic: str, payload: bytes, retained: bool) -> None:
        if retained:
            log.warning("a retained message on %s was ignored; publish it unretained", topic)
            return
        try:
            said = heard(payload, self._settings.http.max_words)
        except ValueError as error:
            self._start(self._publish("reply", {"ok": False, "text": str(error)}))
            return
        if len(self._talks) >= SAY_AT_ONCE:
            busy = {"ok": False, "text": "Too many sentences at once; say it again."}
            self._start(self._publish("reply", busy))
            return
        self._start(self._answer(said))

    def _on_confirm(self, topic: str, payload: bytes, retained: bool) -> None:
        if retained:
            log.warning("a retained message on %s was ignored; publish it unretained", topic)
        elif len(self._talks) < SAY_AT_ONCE:
            self._start(self._confirm(payload[:64].decode(errors="replace").strip()))

    async def _confirm(self, token: str) -> None:
        try:
            receipt = await self._toolbox.confirm(token, Asker(who="mqtt", door="mqtt"))
        except RefusedError as error:
            await self._publish("reply", {"ok": False, "text": error.line()})
            return
        done = receipt.status in WENT_WELL
        told = {"ok": done, "text": receipt.message, "receipts": [receipt.json()]}
        await self._publish("reply", told)

    async def _answer(self, said: Heard) -> None:
        asker = Asker(
            who="mqtt",
            door="mqtt",
            words=said.words,
            conversation=said.conversation,
            area=said.area,
            language=language_of(said.words, self._settings.daemon.language),
        )
        text, receipts, brain = "", [], ""
        try:
            async for piece in self._agent.hear(said.words, asker):
                text += piece.text
                brain = brain or piece.brain
                receipts += [piece.receipt.json()] if piece.receipt else []
        except AgentdError as error:
            text = f"{text}\n{error.line()}"
        done = all(each["status"] in WENT_WELL for each in receipts)
        await self._publish(
            "reply",
            {
                "ok": bool(receipts) and done,
                "text": text.strip(),
                "words": said.words,
                "conversation": said.conversation,
                "brain": brain,
                "receipts": receipts,
                "trace": asker.trace,
            },
        )

    async def _tell(self, event: Event) -> None:
        match event:
            case DeviceAttached(device=device) if device.via != "mqtt":
                self._robots.add(device.id)
            case StateReported(device_id=device_id) if device_id in self._robots:
                state = dict(self._states.get(device_id))
                await self._publish(f"device/{device_id}/state", state, retain=True)
            case CommandFinished(receipt=receipt):
                await self._publish("event", {"type": "receipt", **receipt.json()})
            case ConfirmationWanted() if self._settings.mqtt.say:
                await self._publish("confirmation", _confirmation(event))
            case EStopLatched(by=by, reason=reason, trace=way):
                told = {"type": "estop", "by": by, "reason": reason, "trace": way}
                await self._publish("event", told)
            case EStopReset(by=by, trace=way):
                await self._publish("event", {"type": "estop_reset", "by": by, "trace": way})

    async def _publish(self, tail: str, body: dict[str, Any], *, retain: bool = False) -> None:
        text = json.dumps(body, ensure_ascii=False)
        try:
            await self._link.publish(f"{self._base}/{tail}", text, retain=retain)
        except LinkError as error:
            log.debug("%s was not told: %s", tail, error)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._talks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._talks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("a sentence over MQTT failed", exc_info=task.exception())


def _confirmation(event: ConfirmationWanted) -> dict[str, Any]:
    arguments = dict(event.call.arguments)
    return {
        "token": event.token,
        "prompt": event.prompt,
        "tool": event.call.tool,
        "device": arguments.pop("device", ""),
        "arguments": arguments,
        "who": event.asker.who,
        "words": event.asker.words,
        "expires_in_s": round(max(0.0, event.expires - time.monotonic()), 1),
    }
