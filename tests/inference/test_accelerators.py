"""An AI stick's honest state, and what models run on here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentd import catalogue
from agentd.catalogue.readiness import StickState
from agentd.catalogue.spec import Runtime
from agentd.inference import providers
from agentd.inference.accelerators import readiness, readiness_of

REPO = Path(__file__).resolve().parents[2]
SPECS = catalogue.load().specs


def runtime_of(name: str) -> Runtime:
    found = SPECS[name].accelerator
    assert found
    return found


def absent(_: str) -> bool:
    return False


def present(_: str) -> bool:
    return True


def test_a_coral_needs_its_module_and_its_library(tmp_path: Path) -> None:
    coral = runtime_of("coral-usb")
    nothing = readiness(coral, has_module=absent, library_dirs=[str(tmp_path)])
    assert nothing.state is StickState.NEEDS_RUNTIME
    assert "tflite_runtime" in nothing.reason and "libedgetpu.so.1" in nothing.reason
    half = readiness(coral, has_module=present, library_dirs=[str(tmp_path)])
    assert half.state is StickState.NEEDS_RUNTIME
    assert "tflite_runtime" not in half.reason


def test_a_runtime_without_a_model_in_its_format_needs_one_converted(tmp_path: Path) -> None:
    (tmp_path / "libedgetpu.so.1").touch()
    coral = runtime_of("coral-usb")
    dirs = [str(tmp_path)]
    plain = [Path("intents.onnx")]
    assert readiness(coral, plain, has_module=present, library_dirs=dirs).state == (
        "needs-converted-model"
    )
    compiled = [*plain, Path("detect_edgetpu.tflite")]
    ready = readiness(coral, compiled, has_module=present, library_dirs=dirs)
    assert (ready.state, ready.next_step) == (StickState.READY, "")


@pytest.mark.parametrize(
    "name", ["movidius-ncs1", "movidius-ncs2", "rockchip-rk1808", "rockchip-soc-flash", "openmv"]
)
def test_what_nothing_current_runs_is_unsupported_whatever_is_installed(name: str) -> None:
    found = readiness(runtime_of(name), [Path("a.onnx")], has_module=present)
    assert found.state is StickState.UNSUPPORTED
    assert found.reason and found.next_step


def test_kneron_is_never_told_by_the_module_name_that_kompute_took() -> None:
    assert runtime_of("kneron").module == ""
    assert runtime_of("kneron").library == "libkplus.so"


def test_an_id_that_fits_several_sticks_speaks_of_each() -> None:
    found = readiness_of([SPECS["movidius-ncs2"], SPECS["luxonis-oak"]])
    assert found and found.state is StickState.NEEDS_RUNTIME
    assert "If it is Intel Neural Compute Stick 2" in found.reason
    assert "If it is Luxonis OAK" in found.reason
    assert readiness_of([SPECS["pololu-maestro"]]) is None


def test_every_stick_in_the_catalogue_has_a_state_and_a_next_step() -> None:
    sticks = [spec for spec in SPECS.values() if spec.accelerator]
    assert len(sticks) == 11
    for spec in sticks:
        found = readiness_of([spec])
        assert found and found.next_step


def test_the_remote_provider_is_not_offered() -> None:
    found = providers.providers()
    assert "CPUExecutionProvider" in found
    assert providers.REMOTE not in found
    assert providers.status().startswith("ONNX Runtime ")
    assert providers.status().endswith("CPU")


def test_onnx_runtime_keeps_no_telemetry_store(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    code = "from agentd.inference import providers; print(providers.status())"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPO,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith("ONNX Runtime ")
    assert list(tmp_path.iterdir()) == []
