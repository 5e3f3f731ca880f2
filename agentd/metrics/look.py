"""What is read at the moment of a scrape, as metric families."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from agentd.config import Budget
from agentd.metrics.bounded import Bounded
from agentd.model import Device, State
from agentd.usage import Used

MOST_DEVICES: Final = 200
MOST_PARTS: Final = 100
MOST_KEYS: Final = 50
Family = CounterMetricFamily | GaugeMetricFamily


class Figures(Protocol):
    """One brain's figures: `agentd.brains.figures.Figures`."""

    @property
    def asked(self) -> int:
        """Questions."""

    @property
    def answered(self) -> int:
        """Answers."""

    @property
    def unsure(self) -> int:
        """Times it could not tell."""

    @property
    def failed(self) -> int:
        """Times it failed."""

    @property
    def p50_s(self) -> float:
        """The median of its last answers' times."""

    @property
    def p95_s(self) -> float:
        """Their 95th percentile."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """Where to look: filled by the composition root, asked at every scrape, on the loop."""

    devices: Callable[[], Iterable[Device]]
    states: Callable[[], Mapping[str, State]]
    unarmed: Callable[[], Iterable[str]]
    latched: Callable[[], bool]
    parts: Callable[[], Mapping[str, str]]
    """Each part's state: `ready`, or anything else with a reason behind a colon."""
    brains: Callable[[], Mapping[str, Figures]]
    queues: Callable[[], Mapping[str, int]]
    dropped: Callable[[], int]
    """Events that slow readers lost so far."""
    used: Callable[[], Mapping[str, Used]]
    budget: Callable[[str], Budget]


class LookCollector(Collector):
    """Turns a look into families; the names of devices, parts and keys are bounded."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._device = Bounded(MOST_DEVICES)
        self._part = Bounded(MOST_PARTS)
        self._key = Bounded(MOST_KEYS)

    def describe(self) -> list[Family]:
        """Return nothing: the names are known without a look."""
        return []

    def collect(self) -> Iterator[Family]:
        """Look, and yield every family."""
        yield from self._devices()
        yield from self._parts()
        yield from self._brains()
        yield from self._queues()
        yield from self._keys()

    def _devices(self) -> Iterator[Family]:
        states, unarmed = self._look.states(), set(self._look.unarmed())
        count = _gauge("agentd_devices", "Devices by kind and state.", "kind", "state")
        up = _gauge(
            "agentd_device_up", "1: it can be used; 0: it is offline or must be re-armed.", "device"
        )
        counts: defaultdict[tuple[str, ...], float] = defaultdict(float)
        ups: dict[str, int] = {}
        for device in sorted(self._look.devices(), key=lambda each: each.id):
            state = _state(states.get(device.id, {}), device.id in unarmed)
            counts[device.kind.value, state] += 1
            name = self._device(device.id)
            ups[name] = min(ups.get(name, 1), int(state == "ready"))
        _fill(count, counts)
        _fill(up, {(name,): value for name, value in ups.items()})
        latched = _gauge("agentd_estop_latched", "1: an emergency stop holds everything.")
        latched.add_metric((), int(self._look.latched()))
        yield from (count, up, latched)

    def _parts(self) -> Iterator[Family]:
        family = _gauge("agentd_part_ready", "1: the part works; 0: it is degraded.", "part")
        ready: dict[str, int] = {}
        for part, state in self._look.parts().items():
            name = self._part(part)
            ready[name] = min(ready.get(name, 1), int(state == "ready"))
        _fill(family, {(name,): value for name, value in ready.items()})
        yield family

    def _brains(self) -> Iterator[Family]:
        outcomes = CounterMetricFamily(
            "agentd_brain_outcomes",
            "Sentences each brain was asked, and what came of them.",
            labels=("brain", "outcome"),
        )
        times = _gauge(
            "agentd_brain_seconds",
            "How long a brain's last 256 answers took: median and 95th percentile.",
            "brain",
            "percentile",
        )
        for brain, figures in self._look.brains().items():
            for outcome in ("asked", "answered", "unsure", "failed"):
                outcomes.add_metric((brain, outcome), getattr(figures, outcome))
            times.add_metric((brain, "50"), figures.p50_s)
            times.add_metric((brain, "95"), figures.p95_s)
        yield from (outcomes, times)

    def _queues(self) -> Iterator[Family]:
        depth = _gauge("agentd_queue_depth", "What waits, by queue.", "queue")
        _fill(depth, {(name,): length for name, length in self._look.queues().items()})
        dropped = CounterMetricFamily("agentd_events_dropped", "Events that slow readers lost.")
        dropped.add_metric((), self._look.dropped())
        yield from (depth, dropped)

    def _keys(self) -> Iterator[Family]:
        family = _gauge(
            "agentd_used_today", "What each key used since midnight.", "key", "resource"
        )
        limits = _gauge(
            "agentd_budget", "What each key may use in a day, where that is limited.", "key",
            "resource",
        )  # fmt: skip
        used: defaultdict[tuple[str, ...], float] = defaultdict(float)
        for who, each in self._look.used().items():
            key, budget = self._key(who), self._look.budget(who)
            for resource, value, limit in (
                ("tokens", each.tokens, budget.tokens),
                ("calls", each.calls, budget.calls),
                ("motion_seconds", each.motion_s, budget.motion_s),
            ):
                used[key, resource] += value
                if limit and key == who:
                    limits.add_metric((key, resource), limit)
        _fill(family, used)
        yield from (family, limits)


def _state(state: State, unarmed: bool) -> str:
    if state.get("available") is False:
        return "unavailable"
    return "unarmed" if unarmed else "ready"


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _fill(family: Family, values: Mapping[tuple[str, ...], float]) -> None:
    for labels, value in values.items():
        family.add_metric(labels, value)
