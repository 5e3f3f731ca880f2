"""Every error of every door in OpenAI's shape: `{"error": {message, type, code, param}}`.

Clients show `message` to the person; FastAPI's own `{"detail": ...}` they drop.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from agentd.agent.shaped import UnshapedError
from agentd.api.elsewhere import instead_of
from agentd.errors import AgentdError, Reason, RefusedError
from agentd.guests import UncalledError
from agentd.usage import SpentError

log = logging.getLogger(__name__)

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {
    400: "bad_request",
    401: "invalid_api_key",
    403: "missing_scope",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    409: "conflict",
    413: "too_large",
    421: "wrong_host",
    422: "bad_shape",
    429: "rate_limit",
    500: "internal_error",
    503: "unavailable",
    504: "too_late",
}


class ApiError(AgentdError):
    """A request that a door answers with an error: the HTTP status, a code, the field."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        param: str | None = None,
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after_s = retry_after_s


def place(request: Request) -> str:
    """Return the route for a log line: its pattern, so that nothing of the address is in it."""
    return str(getattr(request.scope.get("route"), "path", "no route"))


def reply(
    status: int,
    message: str,
    *,
    code: str = "",
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the response for an error."""
    kind = TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    error: dict[str, Any] = {
        "message": message,
        "type": kind,
        "code": code or CODES.get(status, "error"),
        "param": param,
    }
    return JSONResponse({"error": error}, status, headers)


def install(app: FastAPI) -> None:
    """Answer every error of `app` in OpenAI's shape."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RefusedError, _on_refused)
    app.add_exception_handler(SpentError, _on_spent)
    app.add_exception_handler(UnshapedError, _on_unshaped)
    app.add_exception_handler(UncalledError, _on_uncalled)
    app.add_exception_handler(AgentdError, _on_agentd_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_bad_shape)


async def _on_api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after_s:
        headers["retry-after"] = str(math.ceil(error.retry_after_s))
    return reply(error.status, error.line(), code=error.code, param=error.param, headers=headers)


async def _on_refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    reason = error.refusal.reason
    unknown = reason in (Reason.UNKNOWN_DEVICE, Reason.UNKNOWN_TOOL, Reason.NEEDS_CONFIRMATION)
    return reply(404 if unknown else 409, error.line(), code=reason.value)


async def _on_spent(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SpentError)
    # OpenAI's clients try a 429 again on their own, unless they are told that it is no use.
    headers = {"retry-after": str(round(error.resets_in_s)), "x-should-retry": "false"}
    return reply(429, error.line(), code="insufficient_quota", headers=headers)


async def _on_unshaped(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, UnshapedError)
    return reply(400, error.line(), code="unsupported_response_format", param="response_format")


async def _on_uncalled(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, UncalledError)
    return reply(503, error.line(), code="tool_not_called", param="tool_choice")


async def _on_agentd_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AgentdError)
    log.warning("%s %s: %s", request.method, place(request), error.line())
    return reply(503, error.line())


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    path = request.scope["path"]
    instead = instead_of(path) if error.status_code == 404 else ""
    message = {
        404: f"There is nothing at {path[:200]}. {instead}".rstrip(),
        405: f"{request.method} is not what {path[:200]} answers to.",
    }.get(error.status_code, error.detail)
    code = "unsupported_endpoint" if instead else ""
    return reply(error.status_code, message, code=code, headers=error.headers)


async def _on_bad_shape(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    return reply(422, f"{place or 'The request'}: {first['msg']}.", param=place or None)
