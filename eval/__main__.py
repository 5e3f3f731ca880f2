"""`python -m eval [--brain offline|upstream] [--set NAME] [--json FILE] [--failures N]`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import platform
from pathlib import Path
from typing import Any

from agentd.brains import Brain
from agentd.brains.offline import OfflineBrain
from agentd.brains.upstream import UpstreamBrain
from agentd.config import Upstream
from eval import report
from eval.rows import Dataset
from eval.score import Verdict, judge
from eval.sets import datasets


def main() -> None:
    """Score the brain that the command line names."""
    options = _options()
    everything = datasets()
    gc.collect()
    gc.freeze()  # The rows are many; looking through them again would be timed with the brain.
    wanted = [each for each in everything if not options.set or each.name in options.set]
    if not wanted:
        names = ", ".join(each.name for each in datasets())
        raise SystemExit(f"There is no such set. Known: {names}")
    results = asyncio.run(_score(_brain(options), wanted, options.failures))
    print(f"\n{report.summary(results)}\n\n{report.LEGEND}")
    if options.json:
        machine = f"{platform.machine()}, Python {platform.python_version()}"
        found = {"brain": options.brain, "machine": machine, "sets": results}
        Path(options.json).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


async def _score(
    brain: OfflineBrain | UpstreamBrain, wanted: list[Dataset], failures: int
) -> dict[str, Any]:
    """Return the figures of each set; a line is printed as soon as a set is done."""
    await brain.warm_up()
    try:
        return await _table(brain, wanted, failures)
    finally:
        await brain.close()


async def _table(brain: Brain, wanted: list[Dataset], failures: int) -> dict[str, Any]:
    print(report.HEADER, flush=True)
    results, failed = {}, []
    for each in wanted:
        verdicts: list[Verdict] = [await judge(brain, row) for row in each.rows]
        results[each.name] = report.figures(verdicts)
        print(report.line(each.name, results[each.name]), flush=True)
        failed += [f"\n{each.name}", *report.failures(verdicts, failures)]
    if failures:
        print("\n".join(failed))
    return results


def _brain(options: argparse.Namespace) -> OfflineBrain | UpstreamBrain:
    if options.brain == "offline":
        return OfflineBrain()
    if not options.url:
        raise SystemExit("--brain upstream needs --url http://host:port/v1 and --model NAME")
    return UpstreamBrain(Upstream(name="eval", base_url=options.url, model=options.model))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval", description="Score a brain.")
    parser.add_argument("--brain", choices=("offline", "upstream"), default="offline")
    parser.add_argument("--url", default="", help="the upstream's OpenAI-compatible address")
    parser.add_argument("--model", default="", help="the upstream's model")
    parser.add_argument("--set", action="append", help="only this set (may be repeated)")
    parser.add_argument("--json", default="", help="write the figures to this file")
    parser.add_argument("--failures", type=int, default=0, metavar="N", help="N for each intent")
    return parser.parse_args()


if __name__ == "__main__":
    main()
