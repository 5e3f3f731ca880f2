"""An MQTT client that shares nothing with the code under test: paho on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import TracebackType

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PATIENCE_S = 10.0


class Peer:
    """Publishes, and remembers all that was published under `topics` in order."""

    def __init__(self, port: int, *topics: str) -> None:
        self.heard: list[tuple[str, str]] = []
        self.arrived: list[MQTTMessage] = []
        self._answers: dict[str, list[tuple[str, str, bool]]] = {}
        self._topics = topics
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Peer:
        self._client.loop_start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(
        self, topic: str, payload: str | bytes, *, retain: bool = False, wait: bool = True
    ) -> None:
        """Publish at QoS 1 and wait for the broker's acknowledgement, or at QoS 0."""
        sent = self._client.publish(topic, payload, 1 if wait else 0, retain)
        if wait:
            sent.wait_for_publish(PATIENCE_S)

    def answer(self, topic: str, *replies: tuple[str, str], retain: bool = True) -> None:
        """From now on, whenever `topic` is heard, publish `replies` (`{}`: what was heard)."""
        self._answers[topic] = [(where, what, retain) for where, what in replies]

    def on(self, topic: str) -> list[str]:
        """Return the payloads heard on `topic`, oldest first."""
        return [payload for where, payload in self.heard if where == topic]

    def _on_connect(self, client: Client, *_: object) -> None:
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._ready.set()

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        text = message.payload.decode("utf-8", "replace")
        self.heard.append((message.topic, text))
        self.arrived.append(message)
        for where, what, retain in self._answers.get(message.topic, ()):
            client.publish(where, what.replace("{}", text), 1, retain)


async def until(condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait until `condition()` is true, or fail after `within_s`."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)
