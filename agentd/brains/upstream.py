"""Any OpenAI-compatible server as a brain: Ollama, llama.cpp, vLLM, a cloud.

It only ever proposes. The first bytes of every request stay the same (no clock, no state), so
that a small machine can keep its prompt cache. The key is sent, never logged and never quoted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from agentd.brains import Cut, Say, Thought, Turn
from agentd.brains.breaker import Breaker, Position
from agentd.brains.chat_request import chat_request
from agentd.brains.completion import SpokenText, ToolCalls
from agentd.brains.grounds import admit
from agentd.brains.offer import offered
from agentd.brains.response import bounded, events_of, json_object, message_of, says_something
from agentd.brains.unclear import unclear
from agentd.config import Upstream
from agentd.errors import BrainError
from agentd.events import Bus, PartChanged
from agentd.model import Call
from agentd.transport.http import Answer, HttpClient, HttpError, UnreachableError

IDLE_S: Final = 20.0
TOTAL_S: Final = 180.0
RETRIES: Final = 2
BACK_OFF_S: Final = 0.25
MAX_ERROR_BYTES: Final = 16_384
_AGAIN: Final = frozenset({429, 502, 503, 504})


Conclude = Callable[[Sequence[Call]], Sequence[Thought]]
"""Takes all calls of an answer; returns what becomes of them."""


class AwayError(BrainError):
    """The server did not begin to answer; asking again cannot do anything twice."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait, in seconds: for a first word, between two words, for the whole answer."""

    first_s: float
    idle_s: float = IDLE_S
    total_s: float = TOTAL_S


class UpstreamBrain:
    """Asks one OpenAI-compatible server.

    A keep-alive comment is no word: it makes no wait longer. A request is repeated only while
    nothing of its answer was said or proposed.
    """

    remote = True

    def __init__(
        self, settings: Upstream, *, waits: Waits | None = None, breaker: Breaker | None = None
    ) -> None:
        self.name = f"upstream:{settings.name}"
        self.model = settings.model
        self.sees = settings.vision
        self._settings = settings
        self._url = settings.base_url.rstrip("/") + "/chat/completions"
        self._waits = waits or Waits(settings.timeout_s)
        self._breaker = breaker or Breaker(settings.name)
        self._client = HttpClient()

    def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield text as it streams, then what becomes of the calls. Raises as `ask` does."""
        tools = offered(turn)
        body = chat_request(turn, self.model, tools)
        return self.ask(turn, body, lambda calls: admit(calls, turn, tools))

    async def ask(
        self, turn: Turn, body: Mapping[str, Any], conclude: Conclude
    ) -> AsyncGenerator[Thought, None]:
        """Send one chat completion; yield text as it streams, then the calls' conclusion.

        Raises `BrainError`: server away, time-out, wrong key, unknown model, nonsense.
        """
        text, calls = SpokenText(), ToolCalls()
        said, ended = False, ""
        with self._breaker.attempt() as prove:
            async with aclosing(self._choices(body)) as choices:
                async for choice in choices:
                    spoken = _take(choice.get("delta") or choice.get("message"), text, calls)
                    if spoken and (said or spoken.strip()):
                        said = True
                        yield Say(spoken)
                    ended = str(choice.get("finish_reason") or ended)
            # Words that were cut are still words; of calls that were cut nobody knows the rest.
            if ended == "length" and len(calls):
                raise self._away("stopped in the middle of a tool call")
            rest = text.rest()
            proposed = calls.finished()
            answered = proposed or said or rest
            conclusion = conclude(proposed) if answered else [unclear(turn)]
            prove()
            if rest:
                yield Say(rest)
            for thought in conclusion:
                yield thought
            if ended == "length" and answered:
                yield Cut()

    async def warm_up(self) -> None:
        """Do nothing: a request that nobody asked for may cost money."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def _choices(self, body: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any], None]:
        """Yield the answer's choices to the end; begin anew while there was none yet."""
        loop = asyncio.get_running_loop()
        began, first_until = loop.time(), loop.time() + self._waits.first_s
        for attempt in range(RETRIES + 1):
            begun = False
            try:
                async with aclosing(self._answer(body, began, first_until)) as choices:
                    async for choice in choices:
                        begun = begun or says_something(choice)
                        yield choice
                return
            except AwayError:
                pause = BACK_OFF_S * 2**attempt
                if begun or attempt == RETRIES or loop.time() + pause > first_until:
                    raise
            await asyncio.sleep(pause)

    async def _answer(
        self, body: Mapping[str, Any], began: float, first_until: float
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Ask once, and yield the first choice of every event, each within its time."""
        loop = asyncio.get_running_loop()
        response = await self._send(body, first_until)
        ended, begun, until = False, False, first_until
        try:
            async with aclosing(events_of(response)) as events:
                while (event := await self._within(until, began, events)) is not None:
                    choice = self._choice(event)
                    if choice is None:
                        continue
                    begun = begun or says_something(choice)
                    until = loop.time() + self._waits.idle_s if begun else first_until
                    ended = ended or bool(choice.get("finish_reason"))
                    yield choice
        finally:
            response.close()
        if not ended:
            raise self._away("stopped in the middle of its answer")

    async def _send(self, body: Mapping[str, Any], until: float) -> Answer:
        """Return the response, its head read. Raises `AwayError` when it may be asked again."""
        key = self._settings.api_key.get_secret_value()
        headers = {"authorization": f"Bearer {key}"} if key else {}
        try:
            async with asyncio.timeout_at(until):
                response = await self._client.post(self._url, body, headers)
        except TimeoutError as error:
            wait_s = self._waits.first_s
            raise self._away(f"did not answer within {wait_s:g} s") from error
        except UnreachableError as error:
            raise self._away("cannot be reached", AwayError) from error
        except HttpError as error:
            raise self._away("broke off", AwayError) from error
        if response.is_success:
            return response
        raise await self._explain(response)

    def _choice(self, event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the event's first choice, if any. Raises `BrainError` when it is an error."""
        if event.get("error"):
            raise self._away(f"reports: {self._clean(message_of(event))}")
        choices = event.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
            return choices[0]
        return None

    async def _within(
        self, until: float, began: float, events: AsyncGenerator[Mapping[str, Any], None]
    ) -> Mapping[str, Any] | None:
        """Return the next event, or None at the end of the stream."""
        last = began + self._waits.total_s
        try:
            async with asyncio.timeout_at(min(until, last)):
                return await anext(events, None)
        except TimeoutError as error:
            if until >= last:
                total_s = self._waits.total_s
                raise self._away(f"was not done after {total_s:g} s") from error
            raise self._away("went silent for too long") from error
        except HttpError as error:
            raise self._away("broke off in the middle of its answer", AwayError) from error

    async def _explain(self, response: Answer) -> BrainError:
        """Return the error that a response other than 2xx means, and close it."""
        status = response.status
        try:
            async with asyncio.timeout(self._waits.idle_s):
                body = await bounded(response, MAX_ERROR_BYTES)
        except (TimeoutError, HttpError):
            body = b""
        finally:
            response.close()
        if status in (401, 403):
            return BrainError(
                f"The upstream server refused the key ({status}).",
                hint=f"Set {self._variable()}.",
            )
        said = self._clean(message_of(json_object(body)))
        if status == 404:
            return BrainError(
                f'The upstream server knows no model "{self._settings.model}" at {self._shown()}.',
                hint=f"Check model and base_url of {self._settings.name} in brain.upstreams.",
            )
        kind = AwayError if status in _AGAIN else BrainError
        return self._away(f"answered {status}{': ' + said if said else ''}", kind)

    def _away(self, what: str, kind: type[BrainError] = BrainError) -> BrainError:
        hint = f"Check base_url of {self._settings.name} in brain.upstreams."
        return kind(f"The upstream server {self._shown()} {what}.", hint=hint)

    def _variable(self) -> str:
        name = self._settings.name.upper().replace("-", "_")
        return f"AGENTD_BRAIN_UPSTREAMS_{name}_API_KEY"

    def _shown(self) -> str:
        """Return the server's address without a user name or password in it."""
        scheme, _, rest = self._url.partition("://")
        return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"

    def _clean(self, text: str) -> str:
        """Return the server's own words, short, on one line, and without our key."""
        key = self._settings.api_key.get_secret_value()
        text = text.replace(key, "***") if key else text
        return " ".join(text.split())[:200].rstrip(".")


def upstreams(listed: Sequence[Upstream], bus: Bus) -> list[UpstreamBrain]:
    """Return a brain for each server; its breaker's position is shown as a part of the daemon."""
    return [UpstreamBrain(each, breaker=_watched(each.name, bus)) for each in listed]


def _watched(name: str, bus: Bus) -> Breaker:
    def tell(position: Position, reason: str) -> None:
        state = "ready" if position is Position.CLOSED else "degraded"
        told = f"{position}: {reason}" if reason else ""
        bus.publish(PartChanged(part=f"upstream {name}", state=state, reason=told))

    tell(Position.CLOSED, "")
    return Breaker(name, tell)


def _take(delta: object, text: SpokenText, calls: ToolCalls) -> str:
    """Put one delta where it belongs; return what can be said now. Reasoning is left out."""
    if not isinstance(delta, Mapping):
        return ""
    for piece in delta.get("tool_calls") or ():
        if isinstance(piece, Mapping):
            calls.add(piece)
    content = delta.get("content")
    return text.feed(content) if isinstance(content, str) else ""
