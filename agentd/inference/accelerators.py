"""Which AI sticks could run something here. Their runtimes are looked for, never imported.

No USB stick in the catalogue runs a plain .onnx file: each needs a runtime of its own and a model
in that runtime's format.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from agentd.catalogue.readiness import Readiness, StickState
from agentd.catalogue.spec import DeviceSpec, Runtime

LIBRARY_DIRS = ("/usr/local/lib", "/usr/lib", "/usr/lib/*-linux-gnu", "/lib/*-linux-gnu")


def readiness(
    runtime: Runtime,
    models: Collection[Path] = (),
    *,
    has_module: Callable[[str], bool] = lambda name: importlib.util.find_spec(name) is not None,
    library_dirs: Iterable[str] = LIBRARY_DIRS,
) -> Readiness:
    """Return what stands between this stick and a running model.

    `models` are the model files on this machine; only one in the stick's own format counts.
    """
    if runtime.never_use or not (runtime.module or runtime.library):
        reason = f"There is no runtime for it that can be installed today ({runtime.name})."
        return Readiness(StickState.UNSUPPORTED, reason, runtime.next_step)
    missing = _missing(runtime, has_module, library_dirs)
    if missing:
        reason = f"{runtime.name}: {' and '.join(missing)} not found."
        return Readiness(StickState.NEEDS_RUNTIME, reason, runtime.next_step)
    if not any(path.suffix in _suffixes(runtime) for path in models):
        reason = f"Its runtime is here; no model in its format ({runtime.model_format}) is."
        return Readiness(StickState.NEEDS_MODEL, reason, runtime.next_step)
    return Readiness(StickState.READY, "Its runtime and a model in its format are here.")


def readiness_of(specs: Iterable[DeviceSpec], models: Collection[Path] = ()) -> Readiness | None:
    """Return the readiness of a stick that is one of `specs`; None when none is a stick.

    When the id fits several, the state is the most hopeful one and the reason speaks of each.
    """
    found = [(spec, readiness(spec.accelerator, models)) for spec in specs if spec.accelerator]
    if len(found) < 2:
        return found[0][1] if found else None
    order = list(StickState)
    best = min((ready for _, ready in found), key=lambda ready: order.index(ready.state))
    reason = " ".join(f"If it is {spec.name}: {ready.reason}" for spec, ready in found)
    return Readiness(best.state, reason, best.next_step)


def _missing(
    runtime: Runtime, has_module: Callable[[str], bool], library_dirs: Iterable[str]
) -> list[str]:
    missing = []
    if runtime.module and not has_module(runtime.module):
        missing.append(f"the Python module {runtime.module}")
    if runtime.library and not _has_library(runtime.library, library_dirs):
        missing.append(f"the library {runtime.library}")
    return missing


def _has_library(name: str, folders: Iterable[str]) -> bool:
    root = Path("/")
    return any(
        (folder / name).exists()
        for pattern in folders
        for folder in root.glob(pattern.removeprefix("/"))
    )


def _suffixes(runtime: Runtime) -> set[str]:
    return set(re.findall(r"\.\w+", runtime.model_format))
