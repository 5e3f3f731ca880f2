"""The command line. Start-up is quick: each command brings what it needs only when it runs."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code: 0 done, 1 not done, 2 not understood."""
    from agentd.cli.group import agentd  # noqa: PLC0415
    from agentd.errors import AgentdError  # noqa: PLC0415

    try:
        agentd(prog_name="agentd")
    except AgentdError as error:
        print(error.line(), file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output had enough; a flush at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
