"""`python -m agentd.simulation FOLDER PORT`: the world the daemon starts for `--simulate`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from agentd.errors import AgentdError
from agentd.simulation.world import serve


def main() -> int:
    """Run until standard input closes; return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="simulation: %(message)s")
    # The broker writes on to clients that have just left, and asyncio counts each attempt.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    try:
        asyncio.run(serve(folder, port, with_parent=True))
    except AgentdError as error:
        sys.stdout.write(json.dumps({"error": str(error), "hint": error.hint}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
