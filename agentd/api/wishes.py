"""How a client wants its answer, read from a chat completion; what cannot be had is refused.

Ranges are those of https://platform.openai.com/docs/api-reference/chat/create.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from agentd.api.errors import ApiError
from agentd.brains.shape import ANY_OBJECT, Shape
from agentd.brains.wishes import Wishes

MOST_STOPS: Final = 4
LONGEST_STOP: Final = 256
LIMITS: Final = ("max_tokens", "max_completion_tokens")
LARGEST: Final = 2**63 - 1
RANGES: Final = {
    "temperature": (0.0, 2.0, 1.0),
    "top_p": (0.0, 1.0, 1.0),
    "presence_penalty": (-2.0, 2.0, 0.0),
    "frequency_penalty": (-2.0, 2.0, 0.0),
}
"""Each with its lowest and highest value, and what it is where nobody says so."""
NOT_HERE: Final = {
    "functions": 'is the older form of "tools", and not known here; send "tools"',
    "function_call": 'is the older form of "tool_choice", and not known here',
    "logprobs": "must be false: what devices report has no probabilities",
    "top_logprobs": "must be absent: what devices report has no probabilities",
    "logit_bias": "must be absent: agentd does not choose tokens",
    "audio": "must be absent: agentd answers in text",
    "prediction": "must be absent: what will happen is not known before it does",
    "web_search_options": "must be absent: agentd searches nothing",
}
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def refuse_unknown_ways(body: Mapping[str, Any]) -> None:
    """Raise `ApiError` 400 for what OpenAI knows and nobody here can do."""
    for field, why in NOT_HERE.items():
        value = body.get(field)
        asked = value is not None if field.startswith("function") else bool(value)
        if asked:
            raise _wrong(field, why, code="unsupported_parameter")
    if body.get("modalities") not in (None, ["text"], []):
        raise _wrong("modalities", 'must be ["text"]', code="unsupported_parameter")
    if not isinstance(body.get("model") or "", str):
        raise _wrong("model", "must be a string")


def wishes_of(body: Mapping[str, Any]) -> Wishes:
    """Return what is wished. Raises `ApiError` 400 and names the field that does not fit."""
    stops, sent = _stops(body.get("stop")), _sampling(body)
    most = _most(body, sent)
    if stops:
        sent["stop"] = list(stops)
    shape = _shape(body.get("response_format"))
    if shape is not None and stops:
        raise _wrong("stop", "would cut the JSON of response_format short; send one of the two")
    if shape is not None:
        sent["response_format"] = body["response_format"]
    return Wishes(stops, most, shape, sent)


def _stops(stop: object) -> tuple[str, ...]:
    listed = [stop] if isinstance(stop, str) else [] if stop is None else stop
    if (
        not isinstance(listed, list)
        or len(listed) > MOST_STOPS
        or not all(isinstance(each, str) and each for each in listed)
    ):
        raise _wrong(
            "stop", f"must be a text or a list of at most {MOST_STOPS}, none of them empty"
        )
    if any(len(each) > LONGEST_STOP for each in listed):
        raise _wrong("stop", f"must be texts of at most {LONGEST_STOP} characters")
    return tuple(listed)


def _sampling(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from OpenAI's own defaults: some servers refuse what they do not know."""
    sent: dict[str, Any] = {}
    for field, (low, high, usual) in RANGES.items():
        value = body.get(field)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and math.isfinite(value) and low <= value <= high):
            raise _wrong(field, f"must be a number from {low:g} to {high:g}")
        if value is not None and value != usual:
            sent[field] = value
    if body.get("seed") is not None:
        sent["seed"] = _whole(body, "seed", -LARGEST, "must be a whole number of 64 bits")
    return sent


def _most(body: Mapping[str, Any], sent: dict[str, Any]) -> int | None:
    """Return the longest answer, and send it under the name that the client knows it by."""
    asked = [field for field in LIMITS if body.get(field) is not None]
    given = {field: _whole(body, field, 1, "must be a whole number above 0") for field in asked}
    if len(set(given.values())) > 1:
        raise _wrong(LIMITS[0], f'must not be there beside "{LIMITS[1]}", which is its newer name')
    sent |= dict(tuple(given.items())[-1:])
    return next(iter(given.values()), None)


def _whole(body: Mapping[str, Any], field: str, low: int, why: str) -> int:
    """Return a whole number, which JSON may also write as 7.0."""
    value = body[field]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= LARGEST or value != int(value):
        raise _wrong(field, why)
    return int(value)


def _shape(asked: object) -> Shape | None:
    place = "response_format"
    kind = asked.get("type") if isinstance(asked, Mapping) else None
    if asked is None or kind == "text":
        return None
    if kind == "json_object":
        return Shape(ANY_OBJECT)
    if kind != "json_schema" or not isinstance(asked, Mapping):
        raise _wrong(place, "must have the type text, json_object or json_schema")
    named = asked.get("json_schema")
    if not isinstance(named, Mapping):
        raise _wrong(f"{place}.json_schema", "must be an object with a name and a schema")
    if not isinstance(named.get("name"), str) or not NAME.fullmatch(named["name"]):
        raise _wrong(f"{place}.json_schema.name", "must be 1 to 64 letters, digits, _ and -")
    schema = named.get("schema", {})
    if not isinstance(schema, Mapping):
        raise _wrong(f"{place}.json_schema.schema", "must be a JSON Schema")
    return Shape(schema)


def _wrong(param: str, why: str, code: str = "") -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param, code=code)
