"""What Prometheus reads: counts of what happened, and a look at what is."""

from agentd.metrics.look import Look
from agentd.metrics.metrics import Metrics

__all__ = ["Look", "Metrics"]
