"""What a model may call: few, generic tools whose schemas come from what is attached now."""

from agentd.tools.toolbox import Toolbox

__all__ = ["Toolbox"]
