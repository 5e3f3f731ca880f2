"""Each command against a real server, as the owner of the machine and as a stranger."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agentd.api.server import bind
from agentd.brains import Propose, Say
from agentd.cli.group import COMMANDS, agentd
from agentd.cli.scan import plugged_in
from agentd.config import Discovery
from agentd.errors import AgentdError
from agentd.events import Bus
from agentd.model import Call
from agentd.store import Audit, Database, Scope
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, serve

UNLOCK = Call("set_lock", {"device": "lock.front", "locked": False})
ABSENT = Call("set_light", {"device": "light.nowhere", "on": True})


@contextlib.contextmanager
def daemon(tmp_path: Path, brain: Scripted | None = None) -> Iterator[Served]:
    """Serve a house from a thread of its own."""
    found: list[Served] = []
    ready, loops = threading.Event(), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def main() -> None:
        async with serve(tmp_path, brain) as served:
            over = asyncio.Event()
            loops.append((asyncio.get_running_loop(), over))
            found.append(served)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        loop, over = loops[0]
        loop.call_soon_threadsafe(over.set)
        thread.join()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AGENTD_URL", "AGENTD_KEY", "AGENTD_CONFIG", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGENTD_DAEMON_STATE_DIR", str(tmp_path))


@pytest.fixture(autouse=True, scope="module")
def _usb_is_open() -> None:
    """libusb keeps its netlink socket for the life of the process."""
    plugged_in(Discovery())


def cli(*words: str) -> Result:
    return CliRunner().invoke(agentd, words)


def complaint(result: Result) -> str:
    """Return the one line that `main` prints for this error."""
    assert isinstance(result.exception, AgentdError), result.output
    assert "\n" not in result.exception.line()
    return result.exception.line()


def test_say_streams_the_answer_and_marks_what_was_done(tmp_path: Path) -> None:
    with daemon(tmp_path, Scripted(Say("Alright. "), Propose(LIGHT_ON))) as served:
        said = cli("say", "light", "on")
        assert said.exit_code == 0
        assert said.output.startswith("Lamp: on.\n  ✓ set_light light.lamp on=true done")
        asker = served.brain.turns[0].asker
        assert (asker.words, asker.who, asker.door) == ("light on", "local", "cli")
        whole = cli("say", "--json", "light on")
        assert whole.exit_code == 0
        assert json.loads(whole.output)["receipts"][0]["status"] == "done"


def test_say_fails_when_something_was_refused_or_nothing_was_done(tmp_path: Path) -> None:
    brain = Scripted(Propose(LIGHT_ON), Propose(ABSENT))
    with daemon(tmp_path, brain):
        refused = cli("say", "two lights")
        assert refused.exit_code == 1
        assert "  ✓ set_light light.lamp" in refused.output
        assert "  ✗ set_light light.nowhere" in refused.output
        brain.thoughts = (Say("I do not know what you mean."),)
        lost = cli("say", "mumble")
        assert (lost.exit_code, lost.output) == (1, "I do not know what you mean.\n")
        brain.thoughts, brain.error = (Say("Wait. " * 40),), RuntimeError("a bug")
        broken = cli("say", "x")
        assert broken.exit_code == 1
        assert "Wait.\nSomething went wrong inside agentd" in broken.output


def test_ctrl_c_while_something_moves_stops_it(tmp_path: Path) -> None:
    with daemon(tmp_path, Scripted(Propose(FORWARD))) as served:
        driver = served.toys.driver
        driver.hold = True
        # A shell starts what it puts in the background with SIGINT ignored, and that is inherited.
        command = ["env", "--default-signal=INT", sys.executable, "-m", "agentd", "say", "go"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as saying:
            wait_for(driver.moving.is_set)
            halts = driver.halts
            saying.send_signal(signal.SIGINT)
            wait_for(lambda: driver.halts > halts)
            assert saying.wait(10) == 1
            assert saying.stderr is not None
            assert saying.stderr.read().strip() == "Aborted!"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_risky_call_shows_how_to_say_yes_and_confirm_says_it(tmp_path: Path) -> None:
    with daemon(tmp_path, Scripted(Propose(UNLOCK))) as served:
        held = cli("say", "unlock the door")
        token = served.toys.gate.pending()[0].token
        assert held.exit_code == 1
        assert f"agentd confirm {token}" in held.output
        assert token in cli("confirm").output
        confirmed = cli("confirm", token)
        assert confirmed.exit_code == 0
        assert "✓ set_lock lock.front locked=false done" in confirmed.output
        assert "Nothing waits" in cli("confirm").output
        assert "unknown, used up or expired" in complaint(cli("confirm", token))


def test_from_elsewhere_a_chat_key_says_yes_by_its_next_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon(tmp_path, Scripted(Propose(UNLOCK))) as served:
        monkeypatch.setenv("AGENTD_URL", served.url)
        monkeypatch.setenv("AGENTD_KEY", served.house.keys.create("tv", [Scope.CHAT])[1])
        held = cli("say", "unlock the door")
        assert isinstance(held.exception, SystemExit)
        assert held.exit_code == 1
        assert 'Say "yes"' in held.output
        assert "agentd confirm" not in held.output
        assert "lacks the scope admin" in complaint(cli("confirm"))
        assert cli("say", "yes").exit_code == 0
        assert len(served.toys.driver.applied) == 1


def test_devices_and_tools_are_listed_and_called(tmp_path: Path) -> None:
    with daemon(tmp_path) as served:
        done = cli("tools", "set_light", "device=light.lamp", "on=true", "brightness_pct=30")
        assert done.exit_code == 0
        assert served.toys.driver.applied[0].arguments == {"on": True, "brightness_pct": 30}
        read = cli("tools", "get_state", "device=light.lamp")
        assert read.output.endswith(": on true, brightness_pct 30\n")
        listed = cli("tools")
        assert "set_light: " in listed.output
        assert "brightness_pct=" in listed.output
        over = cli("tools", "--json", "set_light", "device=light.lamp", "brightness_pct=300")
        assert over.exit_code == 1
        assert json.loads(over.output)["refusal"]["accepted"] == "0 to 100 %"
        assert "set_light" in complaint(cli("tools", "set_lihgt"))
        assert "key=value" in complaint(cli("tools", "set_light", "on"))
        served.parts["port"] = "ready"
        shown = cli("devices")
        assert "light.lamp" in shown.output
        assert "on true, brightness_pct 30" in shown.output
        assert json.loads(cli("devices", "--json").output)["devices"][0]["id"] == "cart"


def test_stop_and_resume(tmp_path: Path) -> None:
    with daemon(tmp_path, Scripted(Propose(FORWARD))) as served:
        stopped = cli("stop")
        assert stopped.exit_code == 0
        assert served.toys.gate.latched
        refused = cli("say", "go")
        assert refused.exit_code == 1
        assert "agentd resume" in refused.output
        assert "may move again" in cli("resume").output
        assert not served.toys.gate.latched
        assert cli("say", "go").exit_code == 0
        assert "cart" in complaint(cli("resume", "crat"))


def test_another_machine_is_reached_with_a_url_and_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon(tmp_path) as served:
        monkeypatch.setenv("AGENTD_DAEMON_STATE_DIR", str(tmp_path / "elsewhere"))
        assert "No agentd runs on" in complaint(cli("stop"))
        monkeypatch.setenv("AGENTD_URL", served.url)
        assert "Send a key" in complaint(cli("stop"))
        monkeypatch.setenv("AGENTD_KEY", "agd_wrong")
        assert "not valid" in complaint(cli("stop"))
        assert not served.toys.gate.latched
        monkeypatch.setenv("AGENTD_KEY", served.key)
        assert cli("stop").exit_code == 0
        reader = served.house.keys.create("reader", [Scope.TOOLS_READ])[1]
        monkeypatch.setenv("AGENTD_KEY", reader)
        assert "lacks the scope chat" in complaint(cli("say", "hi"))
        monkeypatch.setenv("AGENTD_URL", "ftp://x")
        assert "no address" in complaint(cli("stop"))


def test_nothing_there_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "agentd run" in complaint(cli("say", "hi"))
    with contextlib.closing(bind("127.0.0.1", 0)) as socket:
        port = socket.getsockname()[1]
    monkeypatch.setenv("AGENTD_URL", f"http://127.0.0.1:{port}")
    assert "No agentd answers at" in complaint(cli("say", "hi"))
    run = tmp_path / "run"
    run.mkdir()
    (run / "cli.json").write_text('{"url": "http://127.0.0.1:1", "token": "x", "pid": 1}')
    monkeypatch.delenv("AGENTD_URL")
    assert "No agentd runs on" in complaint(cli("stop"))


def test_keys_work_with_no_daemon_and_beside_one(tmp_path: Path) -> None:
    made = cli("keys", "create", "--name", "tv", "--scope", "chat", "--scope", "tools:read")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert secret.startswith("agd_")
    assert "tv may: chat, estop, tools:read" in made.stderr
    listed = cli("keys", "list")
    assert "tv" in listed.output
    assert secret not in listed.output
    row = json.loads(cli("keys", "list", "--json").output)[0]
    assert (row["name"], row["scopes"]) == ("tv", ["chat", "estop", "tools:read"])
    assert 'already a key named "tv"' in complaint(cli("keys", "create", "--name", "tv"))
    assert cli("keys", "revoke", "tv").exit_code == 0
    assert "no valid key" in complaint(cli("keys", "revoke", "tv"))


def test_a_key_is_limited_rotated_and_expires_from_the_command_line(tmp_path: Path) -> None:
    guest = ("keys", "create", "--name", "guest", "--scope", "chat", "--device", "light.*")
    made = cli(*guest, "--device", "cart", "--expires", "7d")
    assert "guest may: chat, estop." in made.stderr
    assert "It touches cart, light.* alone. It ends on " in made.stderr
    listed = cli("keys", "list").output
    assert "cart, light.*" in listed
    assert "until 2" in listed
    row = json.loads(cli("keys", "list", "--json").output)[0]
    assert row["devices"] == ["cart", "light.*"]
    assert 6.9 * 86400 < row["expires"] - row["created"] <= 7 * 86400
    turned = cli("keys", "rotate", "guest", "--grace", "1h")
    assert turned.stdout.strip() not in ("", made.stdout.strip())
    old, new = json.loads(cli("keys", "list", "--json").output)
    assert old["expires"] < new["expires"] == row["expires"]
    for wrong in ("7", "0d", "7w", "d", "-1d", "1.5h"):
        assert "say it as 30m" in complaint(cli(*guest, "--expires", wrong))
    boss = ("keys", "create", "--name", "boss", "--scope", "admin", "--device", "cart")
    assert "admin key reaches every device" in complaint(cli(*boss))
    assert cli("keys", "revoke", "guest").exit_code == 0
    assert "no valid key" in complaint(cli("keys", "rotate", "guest"))
    database = Database.open(tmp_path)
    try:
        rows = Audit(database, Bus(), 30).recent()
    finally:
        database.close()
    assert [row["tool"] for row in rows] == ["revoke_key", "rotate_key", "make_key"]
    assert {row["who"] for row in rows} == {"local"}
    assert made.stdout.strip() not in json.dumps(rows)


def test_a_key_made_beside_a_running_daemon_opens_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon(tmp_path) as served:
        secret = cli("keys", "create", "--name", "tv").stdout.strip()
        monkeypatch.setenv("AGENTD_URL", served.url)
        monkeypatch.setenv("AGENTD_KEY", secret)
        assert cli("tools").exit_code == 0
        cli("keys", "revoke", "tv")
        assert "not valid" in complaint(cli("tools"))


def test_what_is_scheduled_is_shown_and_cancelled(tmp_path: Path) -> None:
    later = Call("set_light", {"device": "light.lamp", "on": True}, after_s=600)
    with daemon(tmp_path, Scripted(Propose(later))) as served:
        assert cli("schedule").output == "Nothing is scheduled.\n"
        said = cli("say", "turn on the lamp in ten minutes")
        assert said.exit_code == 0
        assert "Lamp: on, at " in said.output
        (entry,) = served.house.schedule.entries()
        assert f"{entry.id}  " in cli("schedule", "list").output
        assert "held with" in cli("say", "pause the timer").output
        assert re.search(r"held, (600|59\d) s left", cli("schedule").output)
        assert cli("schedule", "cancel", entry.id).output == f"Cancelled {entry.id}.\n"
        assert "Nothing is scheduled as" in complaint(cli("schedule", "cancel", entry.id))
        assert cli("schedule", "cancel").exit_code == 2


def test_every_command_explains_itself_with_examples() -> None:
    overview = cli("--help").output
    for name in COMMANDS:
        assert f"  {name} " in overview
        pages = [cli(name, "--help").output]
        if name == "keys":
            pages = [
                cli(name, each, "--help").output for each in ("create", "list", "rotate", "revoke")
            ]
        for page in pages:
            assert "Example" in page
            assert f"agentd {name}" in page
    assert cli("--version").output == "agentd, version 0.1.0\n"


def test_doctor_gives_each_finding_a_line_and_the_fix(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    with contextlib.closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(
            f"[http]\nport = {port}\n[mqtt]\nenabled = true\nport = {port}\n"
            f'[daemon]\nstate_dir = "{tmp_path / "state"}"\n'
        )
        told = cli("doctor", "--config", str(config))
        assert told.exit_code == 1
        assert f"fail  port: Port {port} on 127.0.0.1 is taken" in told.output
        assert f"ok    broker: 127.0.0.1:{port} answers" in told.output
        assert "ok    tls: not used, and not needed" in told.output
    told = cli("doctor", "--config", str(config))
    assert told.exit_code == 0
    assert f"ok    port: {port} on 127.0.0.1 is free" in told.output
    assert f"warn  broker: none answers at 127.0.0.1:{port}" in told.output
    assert "fix: sudo apt-get install -y mosquitto" in told.output
    config.write_text('[http]\nhost = "0.0.0.0"\n')
    assert (
        "warn  tls: keys cross the network to 0.0.0.0"
        in cli("doctor", "--config", str(config)).output
    )
    config.write_text('[http]\ntls_cert = "/no/such.crt"\n')
    told = cli("doctor", "--config", str(config))
    assert told.exit_code == 1
    assert "fail  tls: TLS needs a certificate and its key" in told.output
    config.write_text(f'[words.synonyms]\n"halt" = "go"\n[http]\nport = {port}\n')
    told = cli("doctor", "--config", str(config))
    assert told.exit_code == 1
    assert "fail  configuration: " in told.output
    assert 'config.toml:2: "halt" holds "halt", which stops what moves' in told.output
    config.write_text("[http]\nprot = 1\n")
    told = cli("doctor", "--config", str(config))
    assert told.exit_code == 1
    assert 'config.toml:2: unknown key "http.prot"; did you mean "port"?' in told.output


def test_doctor_tells_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / "agentd.db").write_bytes(b"nonsense" * 1000)
    told = cli("doctor")
    assert told.exit_code == 1
    assert "fix: The file is damaged; move it away" in told.output


def test_usage_tells_what_was_used_and_the_owner_sees_everybody(tmp_path: Path) -> None:
    with daemon(tmp_path, Scripted(Propose(LIGHT_ON))) as served:
        assert cli("usage").output == "Nothing was used.\n"
        served.house.ledger.spoke("phone", 30, 12)
        assert cli("say", "light on").exit_code == 0
        lines = cli("usage").output.splitlines()
        assert lines[0].split() == ["DAY", "KEY", "TOKENS", "CALLS", "MOTION", "(s)"]
        assert [line.split()[1:] for line in lines[1:]] == [
            ["local", "5", "1", "0"],
            ["phone", "42", "0", "0"],
        ]
        body = json.loads(cli("usage", "--days", "7", "--json").output)
        assert body["usage"][1]["asked_tokens"] == 30
        assert cli("usage", "--days", "0").exit_code == 2
