"""What is wrong with an announcement."""

from __future__ import annotations

from agentd.errors import ProtocolError


class DiscoveryError(ProtocolError):
    """An announcement that we cannot use; the message says which key and why."""
