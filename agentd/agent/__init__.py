"""One command from words to deeds: ask the brain, run what it proposes, say what happened."""

from agentd.agent.agent import Agent
from agentd.agent.heard import Heard, Voice

__all__ = ["Agent", "Heard", "Voice"]
