"""An MQTT broker inside the daemon, for a house that has none (MQTT 3.1.1, loopback only).

Weighed: mosquitto as a child process (not a Python dependency, so not on a fresh machine),
aedes (Node). amqtt is pure Python and runs on the same event loop.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

from agentd.errors import LinkError

HOST = "127.0.0.1"
PLUGINS = {
    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
}


@contextlib.asynccontextmanager
async def running_broker(port: int) -> AsyncIterator[int]:
    """Run a broker on loopback while the context is open; yield its port (0: a free one).

    Raises `LinkError` with the cure when the extra is not installed or the port is taken.
    """
    try:
        from amqtt.broker import Broker  # noqa: PLC0415  (an optional dependency)
        from amqtt.errors import BrokerError  # noqa: PLC0415
    except ImportError as error:
        raise LinkError(
            "The embedded MQTT broker is not installed.", hint="Install agentd[sim]."
        ) from error
    for noisy in ("amqtt", "transitions"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    listener = {"type": "tcp", "bind": f"{HOST}:{port}"}
    broker = Broker({"listeners": {"default": listener}, "plugins": PLUGINS})
    try:
        await broker.start()
    except BrokerError as error:
        raise LinkError(
            f"The embedded MQTT broker cannot listen on {HOST}:{port}: {error.__cause__ or error}.",
            hint="Choose another simulation.broker_port.",
        ) from error
    try:
        yield broker._servers["default"].instance.sockets[0].getsockname()[1]
    finally:
        await broker.shutdown()
