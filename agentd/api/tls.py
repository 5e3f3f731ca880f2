"""TLS with the owner's own certificate."""

from __future__ import annotations

import ssl
from pathlib import Path

from agentd.config import Http
from agentd.errors import ConfigError

FIX = "`http.tls_cert` is a PEM certificate with its chain, `http.tls_key` its key; both or none."


def check(http: Http) -> bool:
    """Return whether TLS is asked for. Raises `ConfigError` for files that cannot be used."""
    if not http.tls_cert and not http.tls_key:
        return False
    if not http.tls_cert or not http.tls_key:
        raise ConfigError("TLS needs a certificate and its key.", hint=FIX)
    for path in (http.tls_cert, http.tls_key):
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}.", hint=FIX) from error
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # Without a password of ours OpenSSL would ask for one on the terminal and wait.
        context.load_cert_chain(http.tls_cert, http.tls_key, password=lambda: "")
    except (ssl.SSLError, ValueError) as error:
        what = f"{http.tls_cert} and {http.tls_key} do not fit together or are no PEM ({error})."
        raise ConfigError(what, hint=FIX) from error
    return True
