"""What each key used today, and what it may use: tokens, calls, seconds of motion."""

from agentd.usage.ledger import Ledger, SpentError, Used
from agentd.usage.meter import Meter, Sitting, content_tokens, tokens

__all__ = ["Ledger", "Meter", "Sitting", "SpentError", "Used", "content_tokens", "tokens"]
