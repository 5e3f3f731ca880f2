"""Bytes and messages on one wire, and nothing about what they mean."""

from __future__ import annotations

from typing import Protocol


class Link(Protocol):
    """Bytes to and from one device. One owner; not thread-safe; lives on the event loop."""

    @property
    def name(self) -> str:
        """What a person calls it (`/dev/ttyACM0`)."""

    def write(self, data: bytes) -> None:
        """Put `data` on the wire now, without waiting.

        Raises `LinkError` when the wire is broken or its output buffer is full.
        """

    async def read(self) -> bytes:
        """Wait for bytes and return at least one. Raises `LinkError` once the wire is broken."""

    def close(self) -> None:
        """Release the wire. Safe to call twice; a waiting `read` then raises `LinkError`."""
