"""Another server's model through agentd, beside LiteLLM's proxy: what each adds, what each costs.

Turn by turn in one run: the upstream itself, agentd, LiteLLM; the same upstream, the same load
generator. Both proxies run on the first core, the upstream and the load generator on the second.
What is added is the difference of medians to the upstream itself, asked one chat at a time.
Requests a second and core are the chats answered in a second of the proxy's own processor time,
with `LANES` chats under way; LiteLLM is started with one worker, agentd is one process anyway.
"""

from __future__ import annotations

import contextlib
import os
import statistics
from dataclasses import dataclass, field
from typing import Any

from bench import crew, litellm, rig

RUNS, ROUNDS = 40, 8
LANES, FOR_S = 16, 3.0
WARM_UP = 30
CHUNKS, PAUSE_MS = 16, 2
"""How the upstream streams: so many pieces, one each 2 ms."""
LIMITS = "[http]\nrequests_per_minute = 1000000\n"
KINDS = {"whole": False, "streamed": True}


@dataclass
class Target:
    """Where chats are posted, and what was measured there, by kind."""

    name: str
    chat: dict[str, Any]
    pid: int
    firsts: dict[str, list[list[float]]] = field(default_factory=lambda: {k: [] for k in KINDS})
    per_core: dict[str, list[float]] = field(default_factory=lambda: {k: [] for k in KINDS})


async def measure() -> dict[str, Any]:
    async with contextlib.AsyncExitStack() as stack:
        url, story = await stack.enter_async_context(crew.upstream())
        model = f"{CHUNKS}-{PAUSE_MS}"
        config = f'{LIMITS}[[brain.upstreams]]\nname = "story"\nbase_url = "{url}"\n'
        daemon = await stack.enter_async_context(rig.agentd(f'{config}model = "{model}"\n'))
        crowd = await stack.enter_async_context(crew.worker("generator"))
        targets = [
            Target("upstream", {"url": url, "keys": ["none"], "model": model}, story),
            Target("agentd", _chat(f"{daemon.url}/v1", daemon.key), daemon.pid),
        ]
        missing = {}
        try:
            there, pid = await stack.enter_async_context(litellm.proxy(url, model))
            targets.append(Target("LiteLLM", _chat(there, litellm.KEY), pid))
        except litellm.AbsentError as error:
            missing = {"LiteLLM is not compared": str(error)}
            print(f"  {error}", flush=True)
        first, *rest = sorted(os.sched_getaffinity(0))
        for pid, core in ((each.pid, first) for each in targets[1:]):
            crew.pin(pid, core)
        for pid in (story, crowd.pid):
            crew.pin(pid, *(rest or [first]))
        await _measure(crowd, targets)
    return missing | _summary(targets)


def _chat(url: str, key: str) -> dict[str, Any]:
    return {"url": url, "keys": [key], "model": "story"}


async def _measure(crowd: crew.Worker, targets: list[Target]) -> None:
    for number in range(-1, ROUNDS):
        for target in targets:
            for kind, stream in KINDS.items():
                chat = target.chat | {"stream": stream}
                if number < 0:
                    await crowd.do("one_by_one", **chat, runs=WARM_UP)
                    continue
                took = await crowd.do("one_by_one", **chat, runs=RUNS)
                target.firsts[kind].append(took["firsts"])
                before = crew.cpu_s(target.pid)
                done = await crowd.do("without_pause", **chat, lanes=LANES, for_s=FOR_S)
                used = crew.cpu_s(target.pid) - before
                target.per_core[kind].append(len(done["ends"]) / used)
        print(f"  round {number + 1} of {ROUNDS}" if number >= 0 else "  warm", flush=True)


def _summary(targets: list[Target]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    direct, ours, *theirs = targets
    for kind in KINDS:
        for target in (ours, *theirs):
            found[f"{kind}: {target.name}"] = _row(target, direct, kind)
        for peer in theirs:
            pairs = zip(ours.per_core[kind], peer.per_core[kind], strict=True)
            ratios = [a / b for a, b in pairs]
            found[f"{kind}: agentd to {peer.name}, requests a second and core"] = {
                "ratio": round(statistics.median(ratios), 2),
                "ratios": f"{min(ratios):.2f} to {max(ratios):.2f}",
            }
    return found


def _row(target: Target, direct: Target, kind: str) -> dict[str, Any]:
    """Return what a proxy adds to the upstream's own first byte, and what a core of it does."""
    pairs = zip(target.firsts[kind], direct.firsts[kind], strict=True)
    added = [1000 * (rig.quantile(a, 0.5) - rig.quantile(b, 0.5)) for a, b in pairs]
    speeds = target.per_core[kind]
    return {
        "adds p50 ms": round(statistics.median(added), 2),
        "rounds": f"{min(added):.2f} to {max(added):.2f}",
        "requests a second and core": round(statistics.median(speeds)),
        "of each round": f"{min(speeds):.0f} to {max(speeds):.0f}",
    }
