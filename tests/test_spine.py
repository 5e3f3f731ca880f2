"""One sentence, end to end: the whole daemon as a process, its simulated world, real clients.

The light is seen by a paho client on the broker, the pose on the world's own topic; neither asks
agentd what it believes.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from openai import OpenAI

ROOT = Path(__file__).parents[1]
LIGHT = "simulated/living/light/state"


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Return what `condition` finds, waiting for it at most `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {condition}")


WORDS = """
[[words.examples]]
say = "set the mood to {number}"
do = ["set_light light.living_room brightness_pct={number}", "drive rover distance_m=-0.1"]
"""


@dataclass
class Onlooker:
    """Somebody else on the broker, who sees every message."""

    port: int
    last: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self.client.on_connect = lambda *_: self.client.subscribe("#")
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()

    def _on_message(self, client: Any, data: Any, message: paho.MQTTMessage) -> None:
        text = message.payload.decode(errors="replace")
        self.last[message.topic] = text
        self.heard.append((message.topic, text))

    def rover(self) -> dict[str, Any]:
        return dict(json.loads(self.last.get("sim/rover", "{}")))

    def say(self, topic: str, text: str) -> None:
        self.client.publish(topic, text, qos=1).wait_for_publish(5)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Daemon:
    """agentd as a person starts it."""

    def __init__(self, folder: Path) -> None:
        self.environ = {
            **os.environ,
            "AGENTD_DAEMON_STATE_DIR": str(folder / "state"),
            "AGENTD_SIMULATION_BROKER_PORT": "0",
        }
        config = folder / "config.toml"
        config.write_text(WORDS, encoding="utf-8")
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "agentd",
                "run",
                "--simulate",
                "--port",
                "0",
                "--config",
                config,
            ],
            cwd=ROOT,
            env=self.environ,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._arrive(folder / "state" / "run" / "cli.json")
        except BaseException:
            self.close()
            raise

    def _arrive(self, door: Path) -> None:
        until(lambda: door.exists() or self.process.poll() is not None)
        found = json.loads(door.read_text())
        self.url, self.token = found["url"], found["token"]
        until(lambda: len(self.get("/api/devices")["devices"]) > 15)
        world = next(line for line in self.screen() if "mosquitto_sub -p" in line)
        self.onlooker = Onlooker(int(world.split("-p ")[1].split()[0]))
        until(lambda: LIGHT in self.onlooker.last and self.onlooker.rover())

    def screen(self) -> list[str]:
        def printed() -> list[str]:
            lines = (Path(self.log.name)).read_text().splitlines()
            return lines if any("Ctrl-C" in line for line in lines) else []

        found: list[str] = until(printed)
        return found

    def get(self, path: str, **body: Any) -> dict[str, Any]:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, data=data)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def post(self, path: str) -> dict[str, Any]:
        return self.get(path, now=True)

    def agentd(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agentd", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def close(self) -> None:
        if hasattr(self, "onlooker"):
            self.onlooker.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        self.log.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = Daemon(tmp_path_factory.mktemp("spine"))
    with contextlib.closing(running):
        yield running


def client(daemon: Daemon) -> OpenAI:
    return OpenAI(base_url=f"{daemon.url}/v1", api_key=daemon.token, max_retries=0)


def test_one_sentence_dims_the_light_and_moves_the_rover(daemon: Daemon) -> None:
    before = daemon.onlooker.rover()["x_m"]
    said = daemon.agentd("say", "dim the living room light to 30% and drive forward 20 cm")
    assert said.returncode == 0, said.stdout + said.stderr
    light = json.loads(daemon.onlooker.last[LIGHT])
    assert light["state"] == "ON"
    assert abs(light["brightness"] - 0.3 * 254) <= 2
    until(lambda: abs(daemon.onlooker.rover()["x_m"] - before - 0.2) < 0.015)
    assert "forward 20 cm" in said.stdout


def test_a_sentence_of_the_owners_own_does_what_config_toml_says(daemon: Daemon) -> None:
    before = daemon.onlooker.rover()["x_m"]
    said = daemon.agentd("say", "please set the mood to forty percent")
    assert said.returncode == 0, said.stdout + said.stderr
    assert abs(json.loads(daemon.onlooker.last[LIGHT])["brightness"] - 0.4 * 254) <= 2
    until(lambda: abs(daemon.onlooker.rover()["x_m"] - before + 0.1) < 0.015)


def test_a_mistake_in_the_owners_words_is_told_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(WORDS.replace("set_light", "set_ligth"))
    told = subprocess.run(
        [sys.executable, "-m", "agentd", "run", "--config", str(path), "--state-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode != 0
    assert f'{path}:4: there is no tool "set_ligth"; did you mean "set_light"?' in told.stderr
    assert "Traceback" not in told.stderr


def test_the_same_in_chinese_through_the_official_client_as_a_stream(daemon: Daemon) -> None:
    stream = client(daemon).chat.completions.create(
        model="agentd",
        messages=[{"role": "user", "content": "把客厅灯调暗、拉上窗帘、播放轻音乐"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    with stream:
        chunks = list(stream)
    text = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
    assert "亮度" in text
    assert chunks[-1].usage is not None
    until(lambda: daemon.onlooker.last["simulated/living/curtains/state"] in ("closing", "closed"))


def test_a_question_changes_nothing_and_is_answered_from_the_report(daemon: Daemon) -> None:
    until(lambda: "kitchen" in str(daemon.get("/api/devices")))
    heard = len([each for each in daemon.onlooker.heard if each[0].endswith(("/set", "/command"))])
    answer = client(daemon).chat.completions.create(
        model="agentd", messages=[{"role": "user", "content": "is the kitchen light on?"}]
    )
    assert (answer.choices[0].message.content or "").startswith(("Yes", "No"))
    now = len([each for each in daemon.onlooker.heard if each[0].endswith(("/set", "/command"))])
    assert now == heard


def test_a_sentence_over_mqtt_is_answered_there(daemon: Daemon) -> None:
    daemon.onlooker.last.pop("agentd/home/reply", None)
    daemon.onlooker.say("agentd/home/say", "turn on the kitchen light")
    reply = json.loads(until(lambda: daemon.onlooker.last.get("agentd/home/reply")))
    assert reply["ok"], reply
    assert reply["receipts"][0]["state"]["on"] is True


def test_what_is_out_of_range_or_not_understood_moves_nothing(daemon: Daemon) -> None:
    before = daemon.onlooker.rover()
    for words, told in (
        ("drive forward 9 meters", "-5 to 5 m"),
        ("what a lovely day", "did not understand"),
        ("turn on the swimming pool light", "swimming pool"),
    ):
        said = daemon.agentd("say", words)
        assert said.returncode == 1
        assert told in said.stdout, said.stdout
    after = daemon.onlooker.rover()
    assert (after["x_m"], after["y_m"]) == (before["x_m"], before["y_m"])


def drive_far(daemon: Daemon) -> subprocess.Popen[str]:
    driving = subprocess.Popen(
        [sys.executable, "-m", "agentd", "say", "drive forward 3 m"],
        cwd=ROOT,
        env=daemon.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until(lambda: daemon.onlooker.rover()["left_mps"] > 0.05)
    return driving


def test_the_emergency_stop_stops_latches_and_is_released_by_a_person(daemon: Daemon) -> None:
    driving = drive_far(daemon)
    stopped = daemon.agentd("stop")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    said, _ = driving.communicate(timeout=20)
    assert driving.returncode == 1
    assert "emergency stop" in said
    until(lambda: daemon.onlooker.rover()["left_mps"] == 0)
    refused = daemon.agentd("say", "drive forward 10 cm")
    assert refused.returncode == 1
    assert "agentd resume" in refused.stdout
    assert daemon.agentd("resume").returncode == 0
    assert daemon.agentd("say", "drive backward 10 cm").returncode == 0


def test_an_emergency_stop_over_mqtt_stops_too(daemon: Daemon) -> None:
    driving = drive_far(daemon)
    daemon.onlooker.say("agentd/home/estop/set", "stop")
    driving.communicate(timeout=20)
    assert daemon.get("/healthz")["latched"] is True
    until(lambda: daemon.onlooker.rover()["left_mps"] == 0)
    daemon.post("/api/resume")


def test_unplugging_mid_drive_stops_reports_and_recovers_after_re_arming(daemon: Daemon) -> None:
    driving = drive_far(daemon)
    daemon.onlooker.say("sim/rover/set", "unplug")
    said, _ = driving.communicate(timeout=20)
    assert driving.returncode == 1
    assert "gone" in said
    until(lambda: daemon.onlooker.rover()["left_mps"] == 0)
    assert daemon.onlooker.rover()["why_stopped"] == "heartbeat"
    daemon.onlooker.say("sim/rover/set", "plug")
    until(lambda: any(each["id"] == "rover" for each in daemon.get("/api/devices")["devices"]))
    refused = daemon.agentd("say", "drive forward 10 cm")
    assert "came back" in refused.stdout
    assert daemon.agentd("resume", "rover").returncode == 0
    assert daemon.agentd("say", "drive forward 10 cm").returncode == 0


def test_sigterm_mid_drive_stops_motion_and_ends_within_two_seconds(tmp_path: Path) -> None:
    with contextlib.closing(Daemon(tmp_path)) as daemon:
        driving = drive_far(daemon)
        begun = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(5) == 0
        assert time.monotonic() - begun < 2.0
        assert driving.wait(10) == 1
        assert driving.stdout is not None
        driving.stdout.close()
        # The world left with the daemon; its last word on the rover was said before.
        assert daemon.onlooker.rover()["why_stopped"] in ("", "command")


def test_kill_9_mid_drive_leaves_the_rover_stopped_by_its_own_lease(tmp_path: Path) -> None:
    with contextlib.closing(Daemon(tmp_path)) as daemon:
        driving = drive_far(daemon)
        daemon.process.kill()
        stopped = until(
            lambda: daemon.onlooker.rover()["left_mps"] == 0 and daemon.onlooker.rover(), 5.0
        )
        assert stopped["why_stopped"] == "heartbeat"
        assert driving.wait(10) == 1
        assert driving.stdout is not None
        driving.stdout.close()
