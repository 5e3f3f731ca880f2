"""What is attached now. Only `agentd.safety` and `agentd.app` may import from here."""

from agentd.fleet.fleet import Fleet

__all__ = ["Fleet"]
