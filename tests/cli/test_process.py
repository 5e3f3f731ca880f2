"""`agentd` as a process: what a shell, a script and a service manager see."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd import config
from agentd.api.server import bind
from agentd.cli.place import state_dir
from agentd.config import Settings

AGENTD = [sys.executable, "-m", "agentd"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AGENTD_")}
    return kept | {"AGENTD_DAEMON_STATE_DIR": str(tmp_path / "state"), **more}


def agentd(tmp_path: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AGENTD, *words],
        env=environment(tmp_path, **more),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@contextlib.contextmanager
def running(tmp_path: Path, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*AGENTD, "run", *words],
        env=environment(tmp_path, AGENTD_DISCOVERY_ENABLED="false", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_for_door(tmp_path: Path) -> str:
    path = tmp_path / "state" / "run" / "cli.json"
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, "the daemon did not start"
        time.sleep(0.02)
    return str(json.loads(path.read_text())["url"])


def test_a_script_starts_it_waits_for_health_says_something_and_stops_it(tmp_path: Path) -> None:
    with running(tmp_path, "--port", "0") as process:
        url = wait_for_door(tmp_path)
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            health = json.load(answer)
        assert health["version"] == "0.1.0"
        assert health["latched"] is False
        second = agentd(tmp_path, "run", "--port", "0")
        assert second.returncode == 1
        assert second.stderr.startswith("agentd already runs on")
        said = agentd(tmp_path, "stop")
        assert (said.returncode, said.stderr) == (0, "")
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            assert json.load(answer)["latched"] is True
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=10)
        assert time.monotonic() - started < 2
        assert process.returncode == 0, output
    assert "Traceback" not in output
    assert not (tmp_path / "state" / "run" / "cli.json").exists()
    shown = [word for word in output.split() if word.startswith("agd_")]
    assert len(shown) == 1, "the first key is shown once"


def test_a_stranger_who_speaks_no_http_fills_no_log(tmp_path: Path) -> None:
    with running(tmp_path, "--port", "0") as process:
        port = int(wait_for_door(tmp_path).rpartition(":")[2])
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
                line.recv(1000)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=10)
    assert "HTTP request" not in output


def test_what_a_killed_daemon_left_behind_hinders_nobody(tmp_path: Path) -> None:
    with running(tmp_path, "--port", "0") as process:
        wait_for_door(tmp_path)
        process.kill()
        process.wait(10)
    left = tmp_path / "state" / "run" / "cli.json"
    assert json.loads(left.read_text())["pid"] == process.pid
    assert "No agentd runs on" in agentd(tmp_path, "stop").stderr
    left.write_text(left.read_text().replace(str(process.pid), str(os.getpid())))
    assert "No agentd runs on" in agentd(tmp_path, "stop").stderr


def test_a_taken_port_is_one_line_and_a_failure(tmp_path: Path) -> None:
    with contextlib.closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = agentd(tmp_path, "run", "--port", str(port))
    assert failed.returncode == 1
    assert failed.stderr.strip().splitlines()[-1].startswith(f"Port {port} on 127.0.0.1 is taken")
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("words", "line", "code"),
    [
        (("run", "--config", "/no/such.toml"), "/no/such.toml: cannot be read", 1),
        (("run", "--broker", "pi:99999"), "the port must be 1 to 65535", 1),
        (("run", "--port", "70000"), "70000 is not in the range", 2),
        (("rnu",), "No such command 'rnu'", 2),
        (("say",), "Missing argument 'TEXT...'", 2),
        (("say", "hi"), "No agentd runs on", 1),
    ],
)
def test_a_mistake_is_one_clear_line_on_stderr(
    tmp_path: Path, words: tuple[str, ...], line: str, code: int
) -> None:
    failed = agentd(tmp_path, *words)
    assert failed.returncode == code
    assert line in failed.stderr.strip().splitlines()[-1]
    assert "Traceback" not in failed.stderr
    assert failed.stdout == ""


def test_help_does_not_wait_for_what_it_does_not_need(tmp_path: Path) -> None:
    """Start-up time is what is imported; the clock of a busy machine proves nothing."""
    code = "import sys; from agentd.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    heavy = {"fastapi", "pydantic", "asyncio", "sqlite3", "http.client", "httpx", "tomllib"}
    assert not heavy & set(shown.stdout.split())


def test_a_reader_that_has_enough_is_no_trouble(tmp_path: Path) -> None:
    command = " ".join([*AGENTD, "keys", "list", "|", "true"])
    piped = subprocess.run(
        ["bash", "-c", command],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert piped.stderr == ""


@pytest.mark.parametrize(
    "environ",
    [
        {"HOME": "/home/pat"},
        {"HOME": "/home/pat", "XDG_STATE_HOME": "/x"},
        {"STATE_DIRECTORY": "/var/lib/agentd:/other"},
        {"AGENTD_DAEMON_STATE_DIR": "~/here", "STATE_DIRECTORY": "/var/lib/agentd"},
    ],
)
def test_the_quick_way_to_the_state_folder_agrees_with_the_settings(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("XDG_STATE_HOME", "STATE_DIRECTORY", "AGENTD_DAEMON_STATE_DIR", "AGENTD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert state_dir(None) == config.load(None).state_dir()
    written = tmp_path / "config.toml"
    written.write_text('[daemon]\nstate_dir = "/from/file"\n')
    assert state_dir(None, str(written)) == config.load(written).state_dir()
    assert state_dir("/flag") == Path("/flag")
    assert isinstance(Settings().state_dir(), Path)
