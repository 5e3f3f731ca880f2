"""agentd: one sentence becomes one safe, verified physical action, on the device itself."""

__version__ = "0.1.0"
