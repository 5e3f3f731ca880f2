"""The whole document: FastAPI's routes and parameters, and what our rows know of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from fastapi import FastAPI

from agentd.api.document.answers import SHAPES
from agentd.api.document.rows import EVENTS, JSON, ROWS, Row
from agentd.api.document.words import TEXT, always, holds, ref
from agentd.model import Schema

KEY: Final = "key"
ACCEPTED: Final = 202
WHY: Final = {
    202: "Taken; there is nothing to answer.",
    400: "A field is wrong, something that is not here was asked for, or a key is in the address.",
    401: "No valid key.",
    403: "The key lacks the scope, or a web page of another origin asks.",
    404: "There is no such thing.",
    408: "The request did not come in time.",
    409: "It cannot be done now.",
    413: "The request is too long.",
    421: "This machine does not go by that name.",
    422: "The body or a parameter has the wrong shape.",
    429: "Too many requests, or the budget of the key is used up.",
    502: "The server of another model refuses, or answers with nonsense.",
    503: "A part that is needed is not ready; try again.",
    504: "It took too long and was ended.",
}
ANYWHERE: Final = (400, 403, 408, 413, 421)
WITH_KEY: Final = (401, 429)


def whole(app: FastAPI, open_to_all: frozenset[str]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of every route; `open_to_all` are paths without a key."""
    document: dict[str, Any] = deepcopy(app.openapi())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, ROWS[method, path], path in open_to_all)
    document["components"] = {
        "schemas": SHAPES,
        "securitySchemes": {KEY: {"type": "http", "scheme": "bearer"}},
    }
    document["security"] = [{KEY: []}]
    return document


def _complete(operation: dict[str, Any], row: Row, open_to_all: bool) -> None:
    if open_to_all:
        operation["security"] = []
    if row.ask is not None:
        content = {JSON: {"schema": row.ask}}
        operation["requestBody"] = {"required": row.needed, "content": content}
    errors = {*row.errors, *ANYWHERE, *(() if open_to_all else WITH_KEY)}
    operation["responses"] = {
        str(row.status): _answer("What was asked for.", _contents(row)),
        **{str(status): _error(status, row) for status in sorted(errors)},
    }


def _contents(row: Row) -> dict[str, Schema]:
    kinds: dict[str, Schema] = {JSON: ref(row.answer)} if row.answer else {}
    return kinds | {kind: _event(row) if kind == EVENTS else TEXT for kind in row.also}


def _event(row: Row) -> Schema:
    """Return the schema of one server-sent event."""
    data: Schema = {**TEXT, "contentMediaType": JSON}
    if row.event:
        data = {"anyOf": [always("[DONE]"), {**data, "contentSchema": ref(row.event)}]}
    return holds({"data": data}, {"event": TEXT}, more=True)


def _error(status: int, row: Row) -> dict[str, Any]:
    if status == ACCEPTED:
        return {"description": WHY[status]}
    shape = ref("Error")
    if row.answer == "Rpc":
        shape = {"anyOf": [shape, ref("Rpc")]}
    return _answer(WHY[status], {JSON: shape})


def _answer(told: str, contents: dict[str, Schema]) -> dict[str, Any]:
    return {
        "description": told,
        "content": {kind: {"schema": schema} for kind, schema in contents.items()},
    }
