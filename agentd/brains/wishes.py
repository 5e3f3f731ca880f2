"""How a client wants the words of a model: where they end, how long they get, what form they have.

They are about words alone. What a device reports is told whole, whatever is wished here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agentd.brains.shape import Shape


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one request asks of a model's words."""

    stops: tuple[str, ...] = ()
    """Texts that end them and are no part of them."""
    most: int | None = None
    """The longest answer, in the model's own tokens; None: as long as the model likes."""
    shape: Shape | None = None
    """The JSON that the whole answer must be; nothing but a stop is carried out then."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """All of it as fields of a chat completion, for a server that is asked."""


NO_WISHES: Final = Wishes()
