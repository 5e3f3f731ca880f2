"""The door for everything that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from agentd.agent import Heard
from agentd.api import relayed
from agentd.api.again import again
from agentd.api.answer import MODEL, Answer
from agentd.api.asking import asker, json_object
from agentd.api.auth import ChatKey
from agentd.api.chat import Ask, read
from agentd.api.errors import ApiError
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds, GoneError, unless_gone
from agentd.api.house import House, TheHouse
from agentd.api.once import NAME_HEADER, Once, key_of
from agentd.brains.shape import ShapeError
from agentd.errors import INSIDE, AgentdError
from agentd.guests.relay import Relay
from agentd.pace import own_turn

log = logging.getLogger(__name__)
router = APIRouter()

FIRST_PIECE_S = 0.5
"""How long a stream waits for its first piece, so that an early failure is still an HTTP error
and the brain's name can be a header."""


@router.post("/v1/chat/completions")
async def chat(request: Request, house: TheHouse, grant: ChatKey) -> Response:
    """Carry out the last user message; an unknown model name gets the default brain.

    The name of another server's model gets that model, which has none of our tools. A client's
    retry or reconnect gets the first answer again; nothing moves a second time.
    """
    await own_turn()
    body = await json_object(request, wrong=400)
    relay: Relay = request.app.state.relay
    other = None if body.get("model") == MODEL else relay.find(body.get("model"))
    if other is not None:
        who = asker(grant, "openai", house.settings)
        return await relayed.answer(request, house, relay, other, body, who, relayed.CHAT)
    others = [each.name for each in relay.upstreams]
    ask = read(body, house.settings.http.max_words, others, sees=relay.sees)
    await _possible(ask, house)
    once: Once = request.app.state.once
    key = key_of(grant.who, body, request.headers.get(NAME_HEADER, ""))
    earlier = once.repeated(request, key)
    if earlier is not None and not ask.stream:
        await unless_gone(request, earlier.over.wait())
        earlier = once.repeated(request, key)
    if earlier is not None:
        return again(earlier, ask, house)
    who = asker(
        grant,
        "openai",
        house.settings,
        words=ask.words,
        conversation=ask.conversation(),
        area=ask.area,
    )
    answer = ask.answer(who)
    feeds: Feeds = request.app.state.feeds
    heard = house.agent.hear(ask.words, who, ask.messages, ask.guests, ask.wishes)
    feed = feeds.open(heard, grant.who)
    once.remember(key, answer)
    try:
        work = _begin(answer, feed, house) if ask.stream else _whole(answer, feed)
        return await unless_gone(request, work)
    except BaseException as error:
        feed.stop()
        answer.end()
        if not answer.begun and not isinstance(error, GoneError | asyncio.CancelledError):
            once.forget(key)
        raise


async def _possible(ask: Ask, house: House) -> None:
    """Raise `ApiError` 400 for what no brain here can do; nothing has been heard yet."""
    if not house.agent.can_call(ask.guests):
        why = "asks for a call of your tools, and no language model that calls any is set here"
        raise ApiError(400, f'"tool_choice" {why}.', code="no_model", param="tool_choice")
    if ask.wishes.shape is not None:
        try:
            await asyncio.to_thread(ask.wishes.shape.check)
        except ShapeError as error:
            param = "response_format.json_schema.schema"
            raise ApiError(400, f'"{param}" {error}.', code="bad_schema", param=param) from None


async def _whole(answer: Answer, feed: Feed[Heard]) -> Response:
    async for piece in feed.items():
        if piece is not None:
            answer.take(piece)
    answer.rest()
    answer.complete = True
    answer.end()
    return JSONResponse(answer.whole(), headers=answer.headers())


async def _begin(answer: Answer, feed: Feed[Heard], house: House) -> Response:
    first = await feed.first(FIRST_PIECE_S)
    if first is not None:
        answer.brain = first.brain
    answer.begun = True
    events = _events(answer, feed, house.settings.http.keep_alive_s)
    return EventStream(feed, events, answer.headers(), answer.end)


async def _events(answer: Answer, feed: Feed[Heard], silence_s: float) -> AsyncIterator[bytes]:
    yield answer.chunk({"role": "assistant", "content": ""})
    try:
        async with contextlib.aclosing(feed.items(silence_s)) as pieces:
            async for piece in pieces:
                if piece is None:
                    yield KEEP_ALIVE
                    continue
                if text := answer.take(piece):
                    yield answer.says(text)
                for event in answer.call_chunks(
                    answer.calls[-len(piece.calls) :] if piece.calls else []
                ):
                    yield event
        if text := answer.rest():
            yield answer.says(text)
    except Exception as error:
        # Clients cut the connection at an error event once the stream began: say it instead.
        yield answer.says(_said(answer, error))
    answer.complete = True
    answer.end()
    for event in answer.ending():
        yield event


def _said(answer: Answer, error: Exception) -> str:
    """Return the failure as a line of the answer."""
    foreseen = isinstance(error, AgentdError)
    log.error("an answer broke off: %s", error, exc_info=None if foreseen else error)
    line = error.line() if isinstance(error, AgentdError) else INSIDE
    answer.refused = answer.strict
    held = answer.rest()
    text = f"\n{line}" if answer.text else line
    answer.add(text)
    return held + text
