"""Any OpenAI-compatible server as a brain: Ollama, llama.cpp, vLLM, a cloud.

It only ever proposes. The first bytes of every request stay the same (no clock, no state), so
that a small machine can keep its prompt cache. The key is sent, never logged and never quoted.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import httpx

from agentd.brains import Propose, Say, Thought, Turn, Unsure
from agentd.brains.chat_request import chat_request
from agentd.brains.completion import SpokenText, ToolCalls
from agentd.brains.language import language_of
from agentd.brains.manners import only_asks
from agentd.brains.sse import MAX_STREAM_BYTES, data_lines
from agentd.config import Upstream
from agentd.errors import BrainError

log = logging.getLogger(__name__)

CONNECT_S: Final = 5.0
IDLE_S: Final = 20.0
RETRIES: Final = 2
BACK_OFF_S: Final = 0.25
MAX_ERROR_BYTES: Final = 16_384
_AGAIN: Final = frozenset({429, 502, 503, 504})
_UNCLEAR: Final = {
    "en": "I could not make sense of that. Please say it in another way.",
    "zh": "我没明白您的意思，请换一种说法。",
}
_QUESTION: Final = {
    "en": "That sounded like a question, so I changed nothing. Please ask for it as a command.",
    "zh": "这听起来是个问题，所以我没有做任何改动。请用命令的方式说。",
}


class UpstreamBrain:
    """Asks one OpenAI-compatible server; `settings.timeout_s` bounds the wait for its first word.

    `idle_s` bounds the wait between two pieces; a keep-alive comment is not a piece.
    """

    name = "upstream"

    def __init__(self, settings: Upstream, *, idle_s: float = IDLE_S) -> None:
        self._settings = settings
        self._url = settings.base_url.rstrip("/") + "/chat/completions"
        self._idle_s = idle_s
        self._client: httpx.AsyncClient | None = None

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield text as it streams, then the proposals when they are complete.

        Raises `BrainError`: server away, time-out, wrong key, unknown model, nonsense.
        """
        response = await self._post(chat_request(turn, self._settings.model))
        try:
            async with aclosing(self._thoughts(response, turn)) as thoughts:
                async for thought in thoughts:
                    yield thought
        finally:
            await response.aclose()

    async def warm_up(self) -> None:
        """Do nothing: a request that nobody asked for may cost money."""

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, body: Mapping[str, Any]) -> httpx.Response:
        """Return the response, its head read. Only what surely was not begun is tried again."""
        for attempt in range(RETRIES + 1):
            last = attempt == RETRIES
            try:
                response = await self._send(body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if last:
                    raise self._away("cannot be reached") from error
            except httpx.HTTPError as error:
                raise self._away("broke off") from error
            else:
                if response.is_success:
                    return response
                problem = await self._explain(response)
                if last or response.status_code not in _AGAIN:
                    raise problem
            await asyncio.sleep(BACK_OFF_S * 2**attempt)
        raise self._away("cannot be reached")

    async def _send(self, body: Mapping[str, Any]) -> httpx.Response:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=CONNECT_S))
        key = self._settings.api_key.get_secret_value()
        headers = {"authorization": f"Bearer {key}"} if key else {}
        request = self._client.build_request("POST", self._url, json=body, headers=headers)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._client.send(request, stream=True)
        except TimeoutError as error:
            raise self._away(f"did not answer within {self._settings.timeout_s:g} s") from error

    async def _thoughts(
        self, response: httpx.Response, turn: Turn
    ) -> AsyncGenerator[Thought, None]:
        text, calls = SpokenText(), ToolCalls()
        said = False
        ended = ""
        async with aclosing(self._choices(response)) as choices:
            async for choice in choices:
                spoken = _take(choice.get("delta") or choice.get("message"), text, calls)
                if spoken and (said or spoken.strip()):
                    said = True
                    yield Say(spoken)
                ended = choice.get("finish_reason") or ended
        if not ended or ended == "length":
            raise self._away("stopped in the middle of its answer")
        rest = text.rest()
        if rest:
            yield Say(rest)
        for thought in _conclude(calls, said or bool(rest), turn):
            yield thought

    async def _choices(self, response: httpx.Response) -> AsyncGenerator[Mapping[str, Any], None]:
        """Yield the first choice of every event, each within its time."""
        wait_s = self._settings.timeout_s
        async with aclosing(_events(response)) as events:
            while (event := await self._within(wait_s, events)) is not None:
                wait_s = self._idle_s
                if event.get("error"):
                    raise self._away(f"reports: {self._clean(_message(event))}")
                choices = event.get("choices")
                if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
                    yield choices[0]

    async def _within(
        self, wait_s: float, events: AsyncGenerator[Mapping[str, Any], None]
    ) -> Mapping[str, Any] | None:
        """Return the next event, or None at the end of the stream."""
        try:
            async with asyncio.timeout(wait_s):
                return await anext(events, None)
        except TimeoutError as error:
            raise self._away(f"went silent for {wait_s:g} s") from error
        except httpx.HTTPError as error:
            raise self._away("broke off in the middle of its answer") from error

    async def _explain(self, response: httpx.Response) -> BrainError:
        """Return the error that a response other than 2xx means, and close it."""
        status = response.status_code
        try:
            async with asyncio.timeout(self._idle_s):
                body = await _bounded(response, MAX_ERROR_BYTES)
        except (TimeoutError, httpx.HTTPError):
            body = b""
        finally:
            await response.aclose()
        if status in (401, 403):
            return BrainError(
                f"The upstream server refused the key ({status}).",
                hint="Set AGENTD_BRAIN_UPSTREAM_API_KEY.",
            )
        said = self._clean(_message(_json(body)))
        if status == 404:
            return BrainError(
                f'The upstream server knows no model "{self._settings.model}" at {self._shown()}.',
                hint="Check brain.upstream.model and base_url.",
            )
        return self._away(f"answered {status}{': ' + said if said else ''}")

    def _away(self, what: str) -> BrainError:
        return BrainError(
            f"The upstream server {self._shown()} {what}.", hint="Check brain.upstream.base_url."
        )

    def _shown(self) -> str:
        """Return the server's address without a user name or password in it."""
        url = httpx.URL(self._url)
        return f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port else "")

    def _clean(self, text: str) -> str:
        """Return the server's own words, short, on one line, and without our key."""
        key = self._settings.api_key.get_secret_value()
        text = text.replace(key, "***") if key else text
        return " ".join(text.split())[:200].rstrip(".")


async def _events(response: httpx.Response) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield the answer's JSON events; a server that does not stream sends just one."""
    if response.headers.get("content-type", "").startswith("application/json"):
        yield _json(await _bounded(response, MAX_STREAM_BYTES), strict=True)
        return
    async for line in data_lines(response.aiter_bytes()):
        yield _json(line.encode(), strict=True)


async def _bounded(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body[:limit])


def _json(body: bytes, *, strict: bool = False) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    if strict:
        raise BrainError("The upstream server sent something that is not a chat completion.")
    return {}


def _message(event: Mapping[str, Any]) -> str:
    error = event.get("error", event)
    message = error.get("message") if isinstance(error, Mapping) else error
    return message if isinstance(message, str) else ""


def _take(delta: object, text: SpokenText, calls: ToolCalls) -> str:
    """Put one delta where it belongs; return what can be said now. Reasoning is left out."""
    if not isinstance(delta, Mapping):
        return ""
    for piece in delta.get("tool_calls") or ():
        if isinstance(piece, Mapping):
            calls.add(piece)
    content = delta.get("content")
    return text.feed(content) if isinstance(content, str) else ""


def _conclude(calls: ToolCalls, said: bool, turn: Turn) -> list[Thought]:
    """Return all proposals, or the single `Unsure` that takes their place."""
    language = language_of(turn.words, turn.asker.language)
    proposed = calls.finished()
    changes = [call for call in proposed if call.tool != "get_state"]
    if changes and only_asks(turn.words):
        return [Unsure(_QUESTION[language])]
    if not proposed and not said:
        return [Unsure(_UNCLEAR[language])]
    return [Propose(call) for call in proposed]
