"""500 chats at once on this machine: all heard to the end, each in its turn, and stop at once.

Equal share: a chat alone has the daemon for itself, and takes T to its first word (the median of
`ALONE` one after the other, each left at its first word). When `CHATS` begin at the same moment
and share the daemon equally, each has 1/`CHATS` of it, so its first word is due within `CHATS` x T:
as long as the same chats take one after the other. The ratio is what was measured to that.

The load generator, the upstream and who presses stop are processes of their own, on the same cores:
what each of them used of a core is in the table, with what others on the machine used and how much
of the time agentd was ready and had no core. None of it is taken off any figure.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import crew, rig

CHATS = 500
ALONE = 40
WORDS, PAUSE_MS = 120, 200
"""Each chat is told so many pieces, one each 0.2 s: five words a second, as fast as people read."""
KEYS = 8
"""A key may have 64 answers under way (`http.streams_per_key`): so many keys share the chats."""
ROUNDS = 3
IDLE_S = 12.0


async def measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            crew.worker("stopper") as stopper,
            crew.worker("generator") as crowd,
            crew.upstream() as (url, story),
        ):
            niceness = (await stopper.do("live", folder=folder))["niceness"]
            config = rig.pinned(Path(folder) / "port") + (
                f'[[brain.upstreams]]\nname = "story"\nbase_url = "{url}"\n'
                f'model = "{WORDS}-{PAUSE_MS}"\n'
            )
            async with rig.agentd(config) as daemon:
                await rig.attached(daemon)
                keys = [await _key(daemon, f"crowd {number}") for number in range(KEYS)]
                pids = {"agentd": daemon.pid, "upstream": story, "load generator": crowd.pid}
                pids["who stops, and the robot"] = stopper.pid
                found = await _rounds(daemon, crowd, stopper, keys, pids)
                return found | {"niceness of who stops, and the robot": niceness}


async def _key(daemon: rig.Agentd, name: str) -> str:
    async with daemon.client() as client:
        made = await client.post("/api/keys", json={"name": name, "scopes": ["chat"]})
        return str(made.raise_for_status().json()["key"])


async def _rounds(
    daemon: rig.Agentd,
    crowd: crew.Worker,
    stopper: crew.Worker,
    keys: list[str],
    pids: dict[str, int],
) -> dict[str, Any]:
    chat = {"url": f"{daemon.url}/v1", "keys": keys, "model": "agentd", "stream": True}
    stop = {"port": int(daemon.url.rpartition(":")[2]), "key": daemon.key}
    await crowd.do("one_by_one", **chat, runs=10, leave=True)
    found: dict[str, Any] = {}
    idle = await stopper.do("stops", **stop, for_s=IDLE_S)
    rounds = []
    for number in range(ROUNDS):
        first = 1000 * (number + 1)
        alone = await crowd.do("one_by_one", **chat, runs=ALONE, leave=True, **{"from": first})
        before = _clocks(pids)
        crowd.begin("at_once", **chat, chats=CHATS, **{"from": first + ALONE})
        pressed = await stopper.do("stops", **stop, for_s=WORDS * PAUSE_MS / 1000)
        many = await crowd.result()
        used = {name: at - before[name] for name, at in _clocks(pids).items()}
        took = used.pop("seconds")
        used = {name: each / took for name, each in used.items()}
        rounds.append({"alone": alone, "many": many, "stops": pressed, "used": used})
        print(f"  round {number + 1} of {ROUNDS}: {took:.0f} s", flush=True)
        await asyncio.sleep(1)
    found["stop, idle: on the line"] = rig.milliseconds(idle["on_line"])
    found["stop, idle: answered"] = rig.milliseconds(idle["answered"])
    return found | _summary(rounds)


def _clocks(pids: dict[str, int]) -> dict[str, float]:
    """Return what each used of the cores so far, in seconds, and how late it is."""
    used = {f"cores used: {name}": crew.cpu_s(pid) for name, pid in pids.items()}
    others = crew.busy_s() - sum(used.values())
    waited = crew.waited_s(pids["agentd"])
    more = {
        "cores used: others on this machine": others,
        "agentd was ready and had no core": waited,
    }
    return used | more | {"seconds": time.perf_counter()}


def _summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of the rounds, and how far apart they were."""
    share = [CHATS * rig.quantile(each["alone"]["firsts"], 0.5) for each in rounds]
    firsts = [each["many"]["firsts"] for each in rounds]
    found: dict[str, Any] = {
        "chats": CHATS,
        "dropped": sum(len(each["many"]["failed"]) for each in rounds),
        "cut short": sum(n < WORDS for each in rounds for n in each["many"]["words"]),
        "first word alone": _spread([1000 * each / CHATS for each in share], "ms"),
        "first word at equal share": _spread(share, "s"),
    }
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        took = [rig.quantile(each, part) for each in firsts]
        found[f"first word of {CHATS}, {name}"] = _spread(took, "s") | {
            "to equal share": _middle([a / b for a, b in zip(took, share, strict=True)])
        }
    for what, name in (("on_line", "on the line"), ("answered", "answered")):
        pressed = [each["stops"][what] for each in rounds]
        found[f"stop, {CHATS} chats: {name}"] = {
            "p50_ms": _middle([1000 * rig.quantile(each, 0.5) for each in pressed]),
            "p99_ms": _middle([1000 * rig.quantile(each, 0.99) for each in pressed]),
            "p99 of each round": [round(1000 * rig.quantile(each, 0.99), 1) for each in pressed],
            "runs": sum(map(len, pressed)),
        }
    for name in rounds[0]["used"]:
        found[name] = _middle([each["used"][name] for each in rounds])
    return found


def _spread(values: list[float], unit: str) -> dict[str, Any]:
    return {unit: _middle(values), "rounds": [round(each, 2) for each in values]}


def _middle(values: list[float]) -> float:
    return round(statistics.median(values), 2)
