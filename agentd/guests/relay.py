"""Models that are not agentd: a request for one goes to its server as it is, without our tools.

Nothing here can reach a device. The client's key stays here; the server's own key is sent there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from agentd import config
from agentd.config import Upstream
from agentd.errors import BrainError

if TYPE_CHECKING:  # it costs start-up time that a daemon without upstreams saves
    from agentd.transport.http import Answer, HttpClient

MOST_BODY_BYTES: Final = 32 * 1024 * 1024
MOST_EVENT_BYTES: Final = 4 * 1024 * 1024


class Relay:
    """The models of the configured servers, by the id a client asks for: name or model."""

    def __init__(self, settings: config.Brain) -> None:
        used = "upstream" in settings.order and not settings.local_only
        self._upstreams = settings.upstreams if used else ()
        self._client: HttpClient | None = None

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """The servers that may be asked, in the owner's order."""
        return self._upstreams

    @property
    def sees(self) -> bool:
        """Whether one of them is shown people's pictures."""
        return any(each.vision for each in self._upstreams)

    def find(self, model: object) -> Upstream | None:
        """Return the server that a client means by `model`, None when it means none of them."""
        for each in self._upstreams:
            if model in (each.name, each.model) and model:
                return each
        return None

    def embeds(self, model: object) -> tuple[Upstream, str] | None:
        """Return the server and the model that make the embeddings meant by `model`, or None."""
        for each in self._upstreams:
            known = {each.name: each.embedding_model or each.model, each.model: each.model}
            known |= {each.embedding_model: each.embedding_model}
            if isinstance(model, str) and model and model in known:
                return each, known[model] or model
        return None

    async def answer(
        self,
        upstream: Upstream,
        body: Mapping[str, Any],
        path: str = "/chat/completions",
        model: str = "",
    ) -> Relayed:
        """Ask `upstream`; return once its head is read. Raises `BrainError` when it is away.

        `model` is what the server calls the model; by default what its owner set.
        """
        from agentd.transport.http import HttpClient, HttpError  # noqa: PLC0415

        self._client = self._client or HttpClient()
        key = upstream.api_key.get_secret_value()
        url = upstream.base_url.rstrip("/") + path
        asked = {**body, "model": model or upstream.model or body.get("model")}
        headers = {"authorization": f"Bearer {key}"} if key else {}
        try:
            async with asyncio.timeout(upstream.timeout_s):
                return Relayed(upstream, await self._client.post(url, asked, headers))
        except (HttpError, TimeoutError) as error:
            raise BrainError(
                f"The server of the model {upstream.name} does not answer.",
                hint=f"Check base_url of {upstream.name} in brain.upstreams.",
            ) from error

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None


class Relayed:
    """A server's answer on its way to the client."""

    def __init__(self, upstream: Upstream, response: Answer) -> None:
        self._upstream = upstream
        self._response = response
        self.status = response.status
        self.streams = response.content_type.startswith("text/event-stream")

    async def whole(self, most: int = MOST_BODY_BYTES) -> bytes:
        """Return the body in one piece, of `most` bytes.

        Raises `BrainError` when the server breaks off, or sends more.
        """
        body = bytearray()
        async with aclosing(self.events(b"")) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > most:
                    raise BrainError(f"The model {self._upstream.name} answered without an end.")
        return bytes(body)

    async def events(self, end: bytes = b"\n\n") -> AsyncGenerator[bytes, None]:
        """Yield the body event by event (`end` empty: as it comes). Raises `BrainError`."""
        from agentd.transport.http import HttpError  # noqa: PLC0415

        held = b""
        try:
            async with aclosing(self._response.pieces()) as pieces:
                async for piece in pieces:
                    held = (held + piece).replace(b"\r\n", b"\n") if end else piece
                    whole, found, rest = held.rpartition(end) if end else (held, b"", b"")
                    if len(rest) > MOST_EVENT_BYTES:
                        raise BrainError(
                            f"The model {self._upstream.name} sent no end of an event."
                        )
                    if whole:
                        yield whole + found
                    held = rest
        except HttpError as error:
            name = self._upstream.name
            raise BrainError(f"The model {name} broke off in the middle of its answer.") from error
        finally:
            self._response.close()
        if held:
            yield held + end
