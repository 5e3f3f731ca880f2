"""The link against real brokers: mosquitto (MQTT 5), amqtt (3.1.1 only), and no broker at all."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from pydantic import SecretStr

from agentd.config import Mqtt
from agentd.errors import LinkError
from agentd.simulation.broker import running_broker
from agentd.transport.backoff import Backoff
from agentd.transport.mqtt import MqttLink
from agentd.transport.mqtt_routes import matches
from tests.peers.mosquitto import free_port, mosquitto
from tests.peers.mqtt_client import Peer, until

pytestmark = pytest.mark.needs("mosquitto")


@contextlib.asynccontextmanager
async def running(settings: Mqtt, node: str = "test") -> AsyncIterator[MqttLink]:
    link = MqttLink(settings, node)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_it_speaks_mqtt_5_to_a_broker_that_offers_it(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        with Peer(port, "#") as peer:
            async with running(Mqtt(port=port)) as link:
                await until(lambda: link.connected)
                assert link.protocol == "5"
                await link.publish("lamp/set", "ON")
                await until(lambda: peer.on("lamp/set") == ["ON"])

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))


def test_it_says_online_and_on_the_way_out_offline_retained(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        async with running(Mqtt(port=port), "den") as link:
            await until(lambda: link.connected)
            with Peer(port, "agentd/den/status") as late:
                await until(lambda: late.on("agentd/den/status") == ["online"])
        with Peer(port, "agentd/den/status") as later:
            await until(lambda: later.on("agentd/den/status") == ["offline"])

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))


def test_the_broker_says_offline_when_the_daemon_is_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio\n"
        "from agentd.config import Mqtt\n"
        "from agentd.transport.mqtt import MqttLink\n"
        "async def main():\n"
        "    await MqttLink(Mqtt(port=%d), 'den').run()\n"
        "asyncio.run(main())\n"
    )
    with mosquitto(tmp_path) as broker, Peer(broker.port, "agentd/den/status") as peer:
        daemon = subprocess.Popen(["python3", "-c", program % broker.port], env=python_env())
        try:
            asyncio.run(until(lambda: peer.on("agentd/den/status") == ["online"]))
        finally:
            daemon.kill()
            daemon.wait()
        asyncio.run(until(lambda: peer.on("agentd/den/status") == ["online", "offline"]))


def python_env() -> dict[str, str]:
    import sys

    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(Path.cwd())}


def test_a_late_will_of_an_earlier_connection_is_corrected(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        with Peer(port, "agentd/den/status") as peer:
            async with running(Mqtt(port=port), "den") as link:
                await until(lambda: peer.on("agentd/den/status") == ["online"])
                await until(lambda: link.connected)
                peer.publish("agentd/den/status", "offline", retain=True)
                await until(lambda: peer.on("agentd/den/status")[-2:] == ["offline", "online"])

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))


def test_subscriptions_survive_a_killed_and_restarted_broker(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard: list[bytes] = []
        changes: list[bool] = []
        async with running(Mqtt(port=broker.port)) as link:
            link.watch(lambda connected, reason: changes.append(connected))
            link.subscribe("door/+", lambda topic, payload, retained: heard.append(payload))
            await until(lambda: link.connected)
            await asyncio.to_thread(broker.kill)
            await until(lambda: not link.connected)
            await asyncio.to_thread(broker.start)
            await until(lambda: link.connected)
            with Peer(broker.port) as peer:
                peer.publish("door/front", "open")
            await until(lambda: heard == [b"open"])
        # A new reason for being away is told too.
        assert [each for each, _ in itertools.groupby(changes)] == [False, True, False, True]

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario())


def test_what_is_published_while_the_broker_is_down_fails_at_once_and_is_never_delivered(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with running(Mqtt(port=broker.port)) as link:
            await until(lambda: link.connected)
            await asyncio.to_thread(broker.kill)
            await until(lambda: not link.connected)
            started = time.monotonic()
            with pytest.raises(LinkError, match=f"127.0.0.1:{broker.port} is not connected"):
                await link.publish("garage/set", "OPEN")
            assert time.monotonic() - started < 0.5
            await asyncio.to_thread(broker.start)
            with Peer(broker.port, "garage/#") as peer:
                await until(lambda: link.connected)
                await link.publish("garage/set", "STOP")
                await until(lambda: peer.on("garage/set"))
                assert peer.on("garage/set") == ["STOP"]

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario())


def test_a_frozen_broker_is_given_up_and_what_waited_in_the_client_does_not_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentd.transport.mqtt.ANSWER_S", 0.5)

    async def scenario() -> None:
        assert broker.process is not None
        async with running(Mqtt(port=broker.port)) as link:
            await until(lambda: link.connected)
            broker.process.send_signal(signal.SIGSTOP)
            try:
                answers = await asyncio.gather(
                    *(link.publish("lamp/set", str(n)) for n in range(40)), return_exceptions=True
                )
                assert all(isinstance(answer, LinkError) for answer in answers)
                await until(lambda: not link.connected)
            finally:
                broker.process.send_signal(signal.SIGCONT)
            await until(lambda: link.connected)

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario())


def test_the_password_is_used_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "house", "secret"], check=True)
    passwords.chmod(0o644)

    async def scenario(port: int) -> None:
        good = Mqtt(port=port, username="house", password=SecretStr("secret"))
        async with running(good) as link:
            await until(lambda: link.connected)
        reasons: list[str] = []
        bad = Mqtt(port=port, username="house", password=SecretStr("guess"))
        async with running(bad) as link:
            link.watch(lambda connected, reason: reasons.append(reason))
            await until(lambda: "not authorized" in reasons)
            with pytest.raises(LinkError, match="not authorized"):
                await link.publish("lamp/set", "ON")

    with mosquitto(tmp_path, f"password_file {passwords}", anonymous=False) as broker:
        asyncio.run(scenario(broker.port))


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_spoken_with_the_owners_authority_and_refused_without(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=broker"
    names = "subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(key), "-out", str(certificate), "-addext", names]
    subprocess.run(["openssl", *request.split(), *files], check=True, capture_output=True)

    async def scenario(port: int) -> None:
        async with running(Mqtt(port=port, tls=True, ca_file=str(certificate))) as link:
            await until(lambda: link.connected)
            await link.publish("lamp/set", "ON")
        reasons: list[str] = []
        async with running(Mqtt(port=port, tls=True)) as link:
            link.watch(lambda connected, reason: reasons.append(reason))
            await until(lambda: any("certificate verify failed" in each for each in reasons))

    with mosquitto(tmp_path, f"certfile {certificate}", f"keyfile {key}") as broker:
        asyncio.run(scenario(broker.port))


def test_a_burst_of_5000_retained_messages_is_heard_whole_and_leaves_the_loop_free(
    tmp_path: Path,
) -> None:
    async def scenario(port: int) -> None:
        await asyncio.to_thread(fill, port)
        heard: set[str] = set()
        longest = 0.0
        async with running(Mqtt(port=port)) as link:
            link.subscribe("many/#", lambda topic, payload, retained: heard.add(topic))
            before = time.monotonic()
            while len(heard) < 5000:
                await asyncio.sleep(0)
                now = time.monotonic()
                longest, before = max(longest, now - before), now
        assert longest < 0.5

    def fill(port: int) -> None:
        with Peer(port) as peer:
            for n in range(4999):
                peer.publish(f"many/{n}", str(n), retain=True, wait=False)
            peer.publish("many/last", "1", retain=True)

    with mosquitto(tmp_path) as broker:
        asyncio.run(asyncio.wait_for(scenario(broker.port), 30))


def test_a_handler_that_raises_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(port: int) -> None:
        heard: list[bytes] = []

        def broken(topic: str, payload: bytes, retained: bool) -> None:
            raise RuntimeError("a bug")

        async with running(Mqtt(port=port)) as link:
            link.subscribe("bell", broken)
            link.subscribe("bell", lambda topic, payload, retained: heard.append(payload))
            await until(lambda: link.connected)
            await link.publish("bell", "1")
            await link.publish("bell", "2")
            await until(lambda: heard == [b"1", b"2"])

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))
    assert "a handler of MQTT topic 'bell' failed" in caplog.text


def test_a_command_expires_instead_of_waking_a_sleeping_device(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        with Peer(port, "lock/#") as peer:
            async with running(Mqtt(port=port)) as link:
                await until(lambda: link.connected)
                await link.publish("lock/set", "LOCK", expires_s=4.2)
                await until(lambda: peer.on("lock/set"))
                (message,) = peer.arrived
                assert message.properties is not None
                assert 1 <= message.properties.MessageExpiryInterval <= 5

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))


def test_no_broker_is_reported_once_with_its_reason_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        reasons: list[str] = []
        async with running(Mqtt(port=free_port())) as link:
            link.watch(lambda connected, reason: reasons.append(reason))
            await until(lambda: any("refused" in reason for reason in reasons))
            await asyncio.sleep(1.0)
        assert len([reason for reason in reasons if "refused" in reason]) == 1

    asyncio.run(scenario())
    assert len([line for line in caplog.messages if "trying again" in line]) == 1


# amqtt leaves closed connections to the garbage collector, which Python 3.13 reports.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_falls_back_to_3_1_1_for_a_broker_without_mqtt_5() -> None:
    async def scenario() -> None:
        async with running_broker(0) as port, running(Mqtt(port=port)) as link:
            await until(lambda: link.connected)
            assert link.protocol == "3.1.1"
            heard: list[tuple[str, bytes, bool]] = []
            link.subscribe("a/+", lambda *message: heard.append(message))
            await link.subscribed()
            await link.publish("a/b", "1", expires_s=5)
            await until(lambda: heard == [("a/b", b"1", False)])

    asyncio.run(scenario())


def test_a_broker_that_hangs_up_on_mqtt_5_is_tried_with_3_1_1_at_once() -> None:
    async def scenario() -> None:
        levels: list[int] = []

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            packet = await reader.read(1000)
            levels.append(packet[packet.index(b"MQTT") + 4])
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server, running(Mqtt(port=server.sockets[0].getsockname()[1])):
            await until(lambda: len(levels) >= 2, within_s=1.5)
        assert levels[:2] == [5, 4]

    asyncio.run(scenario())


def test_it_stops_within_a_second_whatever_the_connection_does() -> None:
    async def scenario(host: str) -> float:
        async with running(Mqtt(host=host, port=free_port())):
            await asyncio.sleep(0.05)
            started = time.monotonic()
        return time.monotonic() - started

    assert asyncio.run(scenario("127.0.0.1")) < 1.5


def test_an_error_at_the_moment_of_stopping_does_not_keep_it_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails_when_stopped(link: MqttLink, client: aiomqtt.Client) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise aiomqtt.MqttError("too late") from None

    async def scenario(port: int) -> None:
        link = MqttLink(Mqtt(port=port), "test")
        task = asyncio.create_task(link.run())
        await until(lambda: link.connected)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        running_on = not done
        for _ in range(3):
            task.cancel()
            await asyncio.wait([task], timeout=2)
        assert not running_on
        assert task.cancelled()

    monkeypatch.setattr(MqttLink, "_receive", fails_when_stopped)
    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("+/+/config", "ha/light/config", True),
        ("#", "$SYS/broker", False),
        ("+/x", "/x", True),
    ],
)
def test_filters_match_as_mqtt_says(topic_filter: str, topic: str, expected: bool) -> None:
    assert matches(topic_filter, topic) is expected


def test_back_off_grows_to_its_cap_with_full_jitter_and_starts_again() -> None:
    backoff = Backoff(first_s=1, cap_s=30)
    for ceiling in (1, 2, 4, 8, 16, 30, 30):
        assert 0 <= backoff.next_s() <= ceiling
    backoff.reset()
    assert backoff.next_s() <= 1
