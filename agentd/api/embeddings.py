"""Embeddings: made by another server, asked for in OpenAI's way and checked on the way back.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agentd.api import relayed
from agentd.api.asking import asker, json_object
from agentd.api.auth import ChatKey
from agentd.api.errors import ApiError
from agentd.api.feed import unless_gone
from agentd.api.house import TheHouse
from agentd.api.vectors import Vectors, VectorsError, read_vectors, written
from agentd.api.watch import BRAIN_HEADER
from agentd.api.wishes import LARGEST
from agentd.config import Upstream
from agentd.errors import BrainError
from agentd.guests.relay import MOST_BODY_BYTES, Relay
from agentd.pace import own_turn
from agentd.usage import Meter, tokens

router = APIRouter()

MOST_INPUTS: Final = 2048
"""As many as OpenAI takes."""
AT_ONCE: Final = 32
"""Inputs that a server is sent at once: some take no more, and a short answer is read in no time,
so that a stop does not wait for it."""
MOST_PART_BYTES: Final = 4 * 1024 * 1024
ENCODINGS: Final = ("float", "base64")
MISSING: Final = "makes no embeddings with this model"

Input = str | list[int]


@router.post("/v1/embeddings")
async def embeddings(request: Request, house: TheHouse, grant: ChatKey) -> Response:
    """Return an embedding for each input, of the server whose model is named."""
    await own_turn()
    body = await json_object(request, wrong=400)
    relay: Relay = request.app.state.relay
    found = relay.embeds(body.get("model"))
    if found is None:
        raise _nobody(relay)
    inputs, encoding = _inputs(body.get("input")), _checked(body)
    who = asker(grant, "openai", house.settings)
    meter = Meter(house.bus, house.ledger)
    sitting = meter.open("", who, (), free=False)
    sitting.asked = sum(map(_tokens, inputs))
    sitting.hear("", f"upstream:{found[0].name}")
    with contextlib.ExitStack() as ending:
        ending.callback(meter.close, sitting)
        asked = {**body, "encoding_format": encoding}
        told = await unless_gone(request, _made(relay, *found, asked, inputs))
    whole = written(told, str(body["model"]), sitting.asked)
    return Response(whole, headers={BRAIN_HEADER: sitting.brain}, media_type="application/json")


async def _made(
    relay: Relay, upstream: Upstream, model: str, body: Mapping[str, Any], inputs: list[Input]
) -> Vectors:
    """Return the vectors of all inputs, which the server is sent a few at a time."""
    made = Vectors()
    for first in range(0, len(inputs), AT_ONCE):
        part = inputs[first : first + AT_ONCE]
        whole = await _asked(relay, upstream, {**body, "input": part}, model)
        try:
            encoding = str(body["encoding_format"])
            made += await asyncio.to_thread(read_vectors, whole, len(part), encoding)
        except VectorsError as error:
            message = f"The server of {upstream.name} {error}."
            raise ApiError(502, message, code="upstream_error") from None
        if made.size > MOST_BODY_BYTES:
            message = f"The embeddings are longer than {MOST_BODY_BYTES} bytes: ask for fewer."
            raise ApiError(400, message, code="too_long", param="input")
    return made


async def _asked(relay: Relay, upstream: Upstream, body: Mapping[str, Any], model: str) -> bytes:
    """Return the server's answer to one part. Raises `ApiError`, or `BrainError`: it is away."""
    found = await relay.answer(upstream, body, "/embeddings", model)
    try:
        async with asyncio.timeout(upstream.timeout_s):
            whole = await found.whole(MOST_PART_BYTES)
    except TimeoutError as error:
        raise BrainError(f"The server of the model {upstream.name} went silent.") from error
    if found.status >= 300:
        raise relayed.failure(found, whole, upstream, MISSING)
    return whole


def _inputs(given: object) -> list[Input]:
    """Return the inputs, each a text or its tokens. Raises `ApiError` 400."""
    listed = [given] if isinstance(given, str) or _are_tokens(given) else given
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_INPUTS:
        raise _wrong("input", f"must be a text, or a list of 1 to {MOST_INPUTS}")
    for number, each in enumerate(listed):
        if not (isinstance(each, str) and each) and not _are_tokens(each):
            raise _wrong(f"input[{number}]", "must be a text that says something, or its tokens")
    return listed


def _checked(body: Mapping[str, Any]) -> str:
    """Return the encoding. Raises `ApiError` 400 for a field that does not fit."""
    encoding = body.get("encoding_format") or ENCODINGS[0]
    if encoding not in ENCODINGS:
        raise _wrong("encoding_format", "must be float or base64")
    size = body.get("dimensions")
    whole = isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= LARGEST
    if size is not None and not whole:
        raise _wrong("dimensions", "must be a whole number above 0")
    return str(encoding)


def _are_tokens(given: object) -> bool:
    if not isinstance(given, list) or not given:
        return False
    return all(type(each) is int and 0 <= each <= LARGEST for each in given)


def _tokens(each: Input) -> int:
    return tokens(each) if isinstance(each, str) else len(each)


def _nobody(relay: Relay) -> ApiError:
    known = ", ".join(each.name for each in relay.upstreams)
    hint = f"Servers that may: {known}." if known else "[[brain.upstreams]] names servers that do."
    message = f"agentd itself makes no embeddings: it answers in words. {hint}"
    return ApiError(404, message, code="unsupported_endpoint", param="model")


def _wrong(param: str, why: str) -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param)
