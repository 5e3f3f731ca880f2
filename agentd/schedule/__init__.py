"""Commands for later: kept over a restart, and passed through the gate when their time comes."""

from agentd.schedule.clock import Clock
from agentd.schedule.schedule import Keeper, Schedule

__all__ = ["Clock", "Keeper", "Schedule"]
