"""Whatever a client brings: it is taken apart from ours, or refused with its field named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentd.api.errors import ApiError
from agentd.api.guest_tools import call_of, guests_of
from agentd.brains.completion import ToolCalls
from agentd.config import Upstream
from agentd.guests import Guests, TheirCall
from agentd.guests.relay import Relayed
from agentd.tools.specs import BY_NAME

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "function", "name", "parameters", "tool_calls", "x"]), inner
        )
    ),
    max_leaves=12,
)
NAMES = st.lists(
    st.sampled_from([*BY_NAME, "client_drive", "client_drive_", "web____search"])
    | st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    unique=True,
    max_size=12,
)


@given(JSON, JSON, st.lists(st.fixed_dictionaries({"tool_calls": JSON}), max_size=3))
def test_any_json_is_read_or_refused_with_its_field(
    tools: Any, choice: Any, messages: list[Any]
) -> None:
    body = {"tools": tools, "tool_choice": choice, "messages": messages}
    try:
        guests_of(body, continues=False).offered()
    except ApiError as error:
        assert error.status == 400
        assert error.param


@given(NAMES)
def test_every_tool_has_a_name_of_its_own_that_leads_back_to_it(names: list[str]) -> None:
    guests = Guests(tuple({"type": "function", "function": {"name": name}} for name in names))
    shown = [tool["function"]["name"] for tool in guests.offered()]
    assert len(set(shown)) == len(names)
    assert not set(shown) & set(BY_NAME)
    assert [guests.own_name(each) for each in shown] == names
    assert all(guests.own_name(name) is None for name in BY_NAME)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(), max_size=4))
def test_a_call_survives_the_way_through_the_client(arguments: dict[str, Any]) -> None:
    calls = ToolCalls()
    calls.add(call_of(TheirCall("web____search", arguments)))
    assert [(each.tool, each.arguments) for each in calls.finished()] == [
        ("web____search", arguments)
    ]


class Response:
    status = 200
    content_type = "text/event-stream"

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.closed = False

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        for piece in self._pieces:
            yield piece

    def close(self) -> None:
        self.closed = True


@given(
    st.lists(st.text("ab :\u4e2d", min_size=1, max_size=9), max_size=6),
    st.sampled_from(["\n\n", "\r\n\r\n"]),
    st.lists(st.integers(0, 60), max_size=8),
)
def test_events_are_passed_on_whole_however_they_arrive(
    events: list[str], end: str, cuts: list[int]
) -> None:
    body = "".join(f"data: {event}{end}" for event in events).encode()
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[one:two] for one, two in pairwise(places)]
    response = Response(pieces)
    upstream = Upstream(name="home", base_url="http://127.0.0.1:1")

    async def read() -> list[bytes]:
        return [each async for each in Relayed(upstream, response).events()]  # type: ignore[arg-type]

    got = asyncio.run(read())
    assert b"".join(got) == "".join(f"data: {event}\n\n" for event in events).encode()
    assert all(each.endswith(b"\n\n") for each in got)
    assert response.closed
