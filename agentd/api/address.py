"""The address that other programs shall reach this daemon by, where it has to be written down.

It is told by the owner (`http.public_url`) or else taken from the request's own Host header, and
only when that is a name of this machine or the very address the request arrived at: whoever holds
a key sends it to the address that stands in a manifest.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from fastapi import Request

from agentd.api.errors import ApiError
from agentd.api.limits import HOST, own_names
from agentd.config import Http


def base_url(request: Request, http: Http) -> str:
    """Return the URL of this daemon without a slash at its end.

    Raises `ApiError` 421 when the request came under an address that may be anyone's.
    """
    if http.public_url:
        return http.public_url.rstrip("/")
    host = request.headers.get("host", "")
    found = HOST.fullmatch(host)
    name = found[1].lower().strip("[]") if found else ""
    if name in own_names(http.host, http.hosts) or _same(name, _arrived_at(request)):
        scheme = "https" if request.scope.get("scheme") == "https" else "http"
        return f"{scheme}://{host.lower()}"
    raise ApiError(
        421,
        f"agentd does not know itself as {host[:80]}: behind a proxy or in a container, set "
        "http.public_url to the address it shall be called by.",
        code="public_url_needed",
    )


def public_names(http: Http) -> list[str]:
    """Return the name in `http.public_url`, if any: this machine answers to it."""
    name = urlsplit(http.public_url).hostname
    return [name] if name else []


def _arrived_at(request: Request) -> str:
    server = request.scope.get("server")
    return str(server[0]) if server else ""


def _same(one: str, other: str) -> bool:
    try:
        return _plain(one) == _plain(other)
    except ValueError:
        return False


def _plain(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
