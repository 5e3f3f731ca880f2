"""ONNX Runtime's execution providers on this machine. Only this room imports onnxruntime."""

from __future__ import annotations

REMOTE = "AzureExecutionProvider"
"""Built into every wheel; it calls an endpoint elsewhere, which an offline daemon must not."""


def providers() -> tuple[str, ...]:
    """Return the usable providers, best first. Raises `ImportError` without ONNX Runtime."""
    import onnxruntime  # noqa: PLC0415 - takes a tenth of a second, and few commands need it

    return tuple(each for each in onnxruntime.get_available_providers() if each != REMOTE)


def status() -> str:
    """Return one line on what models run on here."""
    try:
        found = providers()
        from onnxruntime import __version__  # noqa: PLC0415
    except ImportError as error:
        return f"ONNX Runtime cannot be used: {error}"
    names = ", ".join(each.removesuffix("ExecutionProvider") for each in found)
    return f"ONNX Runtime {__version__} on {names}"
