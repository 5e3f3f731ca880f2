"""What other OpenAI-compatible servers have at /v1 and agentd has not: what to do instead."""

from __future__ import annotations

from typing import Final

_ASK: Final = "agentd answers POST /v1/chat/completions"
_MODEL: Final = "it answers in words, and its other models are chat models as well"
INSTEAD: Final = {
    "/v1/responses": f"agentd keeps no responses; {_ASK}.",
    "/v1/completions": f"{_ASK}; send the prompt as a message of the user.",
    "/v1/images": f"agentd makes no pictures: {_MODEL}.",
    "/v1/audio": f"agentd neither hears nor speaks: {_MODEL}. Send what was said as text.",
    "/v1/realtime": f'{_ASK}, with "stream": true.',
    "/v1/moderations": f"agentd moderates nothing: {_MODEL}.",
    "/v1/files": "agentd keeps no files; put what matters into the messages.",
    "/v1/batches": f"agentd works off no batches; {_ASK}.",
    "/v1/assistants": f"agentd keeps no assistants; {_ASK}.",
    "/v1/threads": f"agentd keeps no threads; {_ASK} with the whole conversation.",
    "/v1/chat/completions": f"agentd keeps no completions; {_ASK}.",
}


def instead_of(path: str) -> str:
    """Return what to do instead of asking for `path`; empty for what nobody would expect here."""
    return next(
        (told for known, told in INSTEAD.items() if path == known or path.startswith(f"{known}/")),
        "",
    )
