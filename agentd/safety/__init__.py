"""The only way down: every command passes the gate, and the e-stop passes everything."""

from agentd.safety.gate import Gate

__all__ = ["Gate"]
