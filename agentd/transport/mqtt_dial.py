"""Opening one MQTT connection: address, credentials, last will, and the version that works."""

from __future__ import annotations

import contextlib
import logging
import math
import uuid
from collections.abc import AsyncIterator
from typing import Any, Literal

import aiomqtt
from aiomqtt import ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agentd.config import Mqtt

# aiomqtt and paho report to the caller what they also log; once is enough.
wire_log = logging.getLogger(__name__ + ".wire")
wire_log.setLevel(logging.CRITICAL)

Version = Literal["5", "3.1.1"]

KEEPALIVE_S = 15
TCP_CONNECT_S = 1.5
CONNACK_S = 2.0
ANSWER_S = 5.0
FAREWELL_S = 1.0
PUBLISHES_IN_FLIGHT = 10
UNSUPPORTED_VERSION = (1, 132)
"""CONNACK codes: 0x01 in MQTT 3.1.1 (3.2.2.3), 0x84 in MQTT 5 (3.2.2.2)."""
HUNG_UP = "the broker closed the connection without an answer"


class Dial:
    """Opens connections to one broker, and remembers which protocol version it speaks."""

    def __init__(self, settings: Mqtt, node: str, status_topic: str, first: Version) -> None:
        self._settings = settings
        self._status_topic = status_topic
        # The same for every connection of this process: the broker then ends a half-dead one.
        self._identifier = f"agentd-{node}-{uuid.uuid4().hex[:8]}"
        self._protocol = ProtocolVersion.V5 if first == "5" else ProtocolVersion.V311
        self._proven = False

    @property
    def protocol(self) -> Version:
        """The MQTT version in use, or tried next: `5` or `3.1.1`."""
        return "5" if self._protocol is ProtocolVersion.V5 else "3.1.1"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[aiomqtt.Client]:
        """Yield a connected client with a clean session; disconnect at the end.

        Raises `aiomqtt.MqttError` when there is no connection to be had.
        """
        client = self._new_client()
        try:
            await self._handshake(client)
            yield client
        finally:
            client.timeout = FAREWELL_S
            with contextlib.suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)

    def expiry(self, expires_s: float | None) -> Properties | None:
        """Return the properties that let a message expire; None where MQTT 5 is not spoken."""
        if expires_s is None or self._protocol is not ProtocolVersion.V5:
            return None
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = max(1, math.ceil(expires_s))
        return properties

    async def _handshake(self, client: aiomqtt.Client) -> None:
        """Connect; when it is the version that fails, try the other one next time."""
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            if not self._proven and _may_be_the_version(error):
                v5 = self._protocol is ProtocolVersion.V5
                self._protocol = ProtocolVersion.V311 if v5 else ProtocolVersion.V5
            raise
        client.timeout = ANSWER_S
        self._proven = True

    def _new_client(self) -> aiomqtt.Client:
        settings = self._settings
        client = _Client(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            identifier=self._identifier,
            protocol=self._protocol,
            keepalive=KEEPALIVE_S,
            timeout=CONNACK_S,
            will=aiomqtt.Will(self._status_topic, "offline", qos=1, retain=True),
            tls_params=aiomqtt.TLSParameters(settings.ca_file or None) if settings.tls else None,
            max_concurrent_outgoing_calls=PUBLISHES_IN_FLIGHT,
            logger=wire_log,
        )
        # paho connects in a thread that cannot be cancelled; it must not hold up a shutdown.
        client._client.connect_timeout = TCP_CONNECT_S
        return client


class _Client(aiomqtt.Client):
    """aiomqtt waits out its whole time-out when a broker hangs up instead of answering CONNECT.

    Brokers without MQTT 5 may do just that, so hanging up has to count as an answer.
    """

    def _on_disconnect(self, *arguments: Any, **named: Any) -> None:
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError(HUNG_UP))
        super()._on_disconnect(*arguments, **named)


def explain(error: BaseException) -> str:
    """Return what went wrong, in the broker's or the system's own words."""
    if isinstance(error, BaseExceptionGroup):
        return explain(error.exceptions[0])
    if isinstance(error, aiomqtt.MqttCodeError) and isinstance(error.rc, ReasonCode):
        return str(error.rc).lower()
    return str(error) or type(error).__name__


def refused(code: int | ReasonCode) -> bool:
    """Return whether a SUBACK code says no (MQTT 3.1.1 section 3.9.3, MQTT 5 section 3.9.3)."""
    return (code.value if isinstance(code, ReasonCode) else code) >= 0x80


def _may_be_the_version(error: aiomqtt.MqttError) -> bool:
    """Say whether the broker refused the version, or hung up without a word on it."""
    if isinstance(error, aiomqtt.MqttCodeError):
        code = error.rc.value if isinstance(error.rc, ReasonCode) else error.rc
        return code in UNSUPPORTED_VERSION
    return str(error) in (HUNG_UP, "Operation timed out")
