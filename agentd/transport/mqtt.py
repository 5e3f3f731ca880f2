"""One connection to an MQTT broker, kept for ever; MQTT 5 where offered, 3.1.1 otherwise.

Nothing is queued while the broker is away: a command that goes out a minute late moves
something that nobody expects. Each connection is a new client with a clean session, so neither
this side nor the broker replays what was meant for an earlier one.

Weighed: gmqtt and amqtt's client (own codecs, fewer users), paho-mqtt bare (its threads and
callbacks would be glued to the event loop here); aiomqtt is that glue, kept by others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Sequence
from typing import NoReturn

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from agentd import trace
from agentd.config import Mqtt
from agentd.errors import LinkError
from agentd.transport.backoff import Backoff
from agentd.transport.mqtt_dial import ANSWER_S, FAREWELL_S, Dial, Version, explain, refused
from agentd.transport.mqtt_routes import Handler, Routes

log = logging.getLogger(__name__)

Watcher = Callable[[bool, str], None]
"""Told `(connected, reason)` at every change of either; no reason is given when connected."""

GOOD_CONNECTION_S = 5.0
CANCEL_AGAIN_S = 2.0
"""Longer than the farewell takes."""
FILTERS_PER_SUBSCRIBE = 50


class MqttLink:
    """The broker as the rest of the house sees it. Create it on the event loop, run it once.

    `first` is the MQTT version to begin with, where the broker is known; the other one is tried
    when the broker does not take it, and what worked is kept.
    """

    def __init__(self, settings: Mqtt, node: str, *, first: Version = "5") -> None:
        self._settings = settings
        self._status_topic = f"{settings.topic}/{node}/status"
        self._dial = Dial(settings, node, self._status_topic, first)
        self._routes = Routes()
        self._watchers: list[Watcher] = []
        self._backoff = Backoff()
        self._client: aiomqtt.Client | None = None
        self._reason = "it has not been reached yet"
        self._condemned: asyncio.Future[NoReturn] | None = None
        self._stopping = False
        self._in_flight: set[asyncio.Timeout] = set()
        self.subscribe(self._status_topic, self._on_status)

    @property
    def name(self) -> str:
        """What a person calls it (`MQTT broker 127.0.0.1:1883`)."""
        return f"MQTT broker {self._settings.host}:{self._settings.port}"

    @property
    def connected(self) -> bool:
        """Whether a publish has a chance now."""
        return self._client is not None

    @property
    def protocol(self) -> Version:
        """The MQTT version in use, or tried next: `5` or `3.1.1`."""
        return self._dial.protocol

    @property
    def status_topic(self) -> str:
        """Where this link says `online`, and the broker `offline` when it is gone (retained)."""
        return self._status_topic

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher(connected, reason)` now and at every change."""
        self._watchers.append(watcher)
        watcher(self.connected, self._reason)

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Hear `topic_filter` at QoS 1 through every reconnect, retained messages included."""
        self._routes.add(topic_filter, handler)

    def unsubscribe(self, topic_filter: str, handler: Handler) -> None:
        """Stop hearing `topic_filter` with `handler`."""
        self._routes.remove(topic_filter, handler)

    async def subscribed(self) -> None:
        """Wait until the broker has acknowledged every subscription."""
        await self._routes.settled()

    async def publish(
        self,
        topic: str,
        payload: str | bytes,
        *,
        retain: bool = False,
        qos: int = 1,
        expires_s: float | None = None,
    ) -> None:
        """Publish, and at QoS 1 wait for the broker's acknowledgement (5 s at most).

        `expires_s` forbids the broker to deliver it later than that to a sleeping device (MQTT
        5 only). Raises `LinkError` at once when the broker is not connected; nothing is kept
        for later.
        """
        client = self._client
        if client is None:
            raise LinkError(f"The {self.name} is not connected: {self._reason}.")
        try:
            async with asyncio.timeout(ANSWER_S) as bound:
                self._in_flight.add(bound)
                await client.publish(
                    topic, payload, qos, retain, self._dial.expiry(expires_s), timeout=math.inf
                )
            trace.wrote()
            log.debug("%s > %s", self.name, topic)
        except TimeoutError:
            # Left in the client's window it could still go out; a new connection forgets it.
            self._condemn(client, f"no acknowledgement within {ANSWER_S:g} s")
            raise LinkError(
                f"The {self.name} did not acknowledge; the message may not have been delivered."
            ) from None
        except (aiomqtt.MqttError, ValueError) as error:
            raise LinkError(f"The {self.name} did not take the message: {error}.") from error
        finally:
            self._in_flight.discard(bound)

    async def run(self) -> NoReturn:
        """Connect, and again for ever, until cancelled. Says `offline` on the way out.

        A connection that fails while it is cancelled may raise its own error instead; so the
        cancellation is kept here, where nothing can take its place.
        """
        serving = asyncio.create_task(self._serve())
        try:
            await asyncio.wait([serving])
        finally:
            self._stopping = True
            while not serving.done():
                serving.cancel()
                await asyncio.wait([serving], timeout=CANCEL_AGAIN_S)
        serving.result()
        raise RuntimeError("a connection ended for good")

    async def _serve(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await self._connection()
            except* (aiomqtt.MqttError, TimeoutError, OSError, ValueError) as errors:
                self._lost(explain(errors.exceptions[0]))
            if self._stopping:
                raise asyncio.CancelledError
            if loop.time() - started >= GOOD_CONNECTION_S:
                self._backoff.reset()
            await asyncio.sleep(self._backoff.next_s())

    async def _connection(self) -> None:
        async with self._dial.open() as client:
            self._condemned = asyncio.get_running_loop().create_future()
            self._routes.renew()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._receive(client))
                    group.create_task(self._subscribe_for_ever(client))
                    group.create_task(self._ready(client))
                    group.create_task(_until(self._condemned))
            except asyncio.CancelledError:
                await self._farewell(client)
                raise
            finally:
                self._client = None

    async def _ready(self, client: aiomqtt.Client) -> None:
        await self._routes.settled()
        await client.publish(self._status_topic, "online", qos=1, retain=True)
        self._client, self._reason = client, ""
        log.info("connected to the %s (MQTT %s)", self.name, self.protocol)
        self._tell()

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            self._routes.dispatch(message.topic.value, message.payload, message.retain)

    async def _subscribe_for_ever(self, client: aiomqtt.Client) -> None:
        while True:
            fresh, stale = await self._routes.work(FILTERS_PER_SUBSCRIBE)
            if stale:
                await client.unsubscribe(stale)
            if fresh:
                codes = await client.subscribe([(each, 1) for each in fresh])
                _warn_refused(fresh, codes)
            self._routes.rest()

    async def _farewell(self, client: aiomqtt.Client) -> None:
        """A clean disconnect withdraws the last will, so it is said in words."""
        self._client, self._reason = None, "agentd is stopping"
        with contextlib.suppress(aiomqtt.MqttError):
            await client.publish(
                self._status_topic, "offline", qos=1, retain=True, timeout=FAREWELL_S
            )

    def _on_status(self, topic: str, payload: bytes, retained: bool) -> None:
        # The will of an earlier, half-dead connection may fire after we came back.
        if self._client is not None and payload != b"online":
            task = asyncio.ensure_future(self.publish(self._status_topic, "online", retain=True))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _lost(self, reason: str) -> None:
        changed = reason != self._reason
        self._client, self._reason = None, reason
        for bound in self._in_flight:
            if not bound.expired():
                bound.reschedule(0)
        if changed:
            log.warning("no connection to the %s: %s; trying again", self.name, reason)
            self._tell()

    def _condemn(self, client: aiomqtt.Client, reason: str) -> None:
        if self._client is client and self._condemned and not self._condemned.done():
            self._condemned.set_exception(aiomqtt.MqttError(reason))

    def _tell(self) -> None:
        for watcher in self._watchers:
            try:
                watcher(self.connected, self._reason)
            except Exception:  # one broken watcher must not end the connection
                log.exception("a watcher of the %s failed", self.name)


async def _until(condemned: asyncio.Future[NoReturn]) -> None:
    await condemned


def _warn_refused(filters: list[str], codes: Sequence[int | ReasonCode]) -> None:
    for topic_filter, code in zip(filters, codes, strict=False):
        if refused(code):
            log.warning("the broker refused the subscription to %s: %s", topic_filter, code)
