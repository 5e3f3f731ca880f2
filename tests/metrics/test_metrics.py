"""Figures that others can read: the format as promtool judges it, the labels bounded."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agentd.config import Budget
from agentd.errors import Reason, Refusal
from agentd.events import Bus, CommandFinished, EStopLatched, SentenceAnswered
from agentd.metrics import Look, Metrics
from agentd.metrics.bounded import OTHER, Bounded
from agentd.model import Device, Kind, Receipt, State, Status
from agentd.usage import Used
from tests.peers.toys import CART, LAMP, asker


@dataclass(frozen=True)
class Figures:
    asked: int = 4
    answered: int = 2
    unsure: int = 1
    failed: int = 1
    p50_s: float = 0.01
    p95_s: float = 0.5


class Seen:
    """What a look finds; a test changes it."""

    def __init__(self) -> None:
        self.devices: list[Device] = [LAMP, CART]
        self.states: dict[str, State] = {"light.lamp": {"available": False}}
        self.unarmed = ["cart"]
        self.parts = {"http": "ready", "broker": "degraded: no connection"}
        self.used = {"ann": Used(3, 4, 2, 1.5), "bob": Used()}

    def look(self) -> Look:
        return Look(
            devices=lambda: self.devices,
            states=lambda: self.states,
            unarmed=lambda: self.unarmed,
            latched=lambda: True,
            parts=lambda: self.parts,
            brains=lambda: {"offline": Figures()},
            queues=lambda: {"streams": 2, "store": 0},
            dropped=lambda: 7,
            used=lambda: self.used,
            budget=lambda who: Budget(tokens=10) if who == "ann" else Budget(),
        )


def receipt(**more: object) -> CommandFinished:
    fields = {"tool": "set_light", "device_id": "light.lamp", "device_name": "Lamp"}
    values: dict[str, object] = {**fields, "arguments": {}, "status": Status.DONE, **more}
    return CommandFinished(receipt=Receipt(**values), asker=asker())  # type: ignore[arg-type]


def sentence(**more: object) -> SentenceAnswered:
    values: dict[str, object] = {
        "asker": asker(),
        "brain": "offline",
        "asked_tokens": 5,
        "answered_tokens": 6,
        "understood_s": 0.02,
        "took_s": 0.1,
        **more,
    }
    return SentenceAnswered(**values)  # type: ignore[arg-type]


def read(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    page, _ = metrics.page("")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return read(metrics)[name, frozenset(labels.items())]


def test_every_event_is_counted_under_its_labels() -> None:
    bus = Bus()
    metrics = Metrics(bus, Seen().look())
    bus.publish(sentence())
    bus.publish(sentence(brain="", understood_s=0.0))
    bus.publish(receipt(stages={"gate": 0.001, "wire": 0.002, "acknowledge": 0.2}))
    no = Refusal(Reason.ESTOP, "no")
    bus.publish(receipt(status=Status.REFUSED, refusal=no))
    bus.publish(EStopLatched(by="ann", reason="x"))
    assert value(metrics, "agentd_sentences_total", door="test", brain="offline") == 1
    assert value(metrics, "agentd_sentences_total", door="test", brain="none") == 1
    assert value(metrics, "agentd_tokens_total", direction="said") == 12
    for stage in ("understand", "gate", "wire", "acknowledge"):
        assert value(metrics, "agentd_stage_seconds_count", stage=stage) == 1
    assert value(metrics, "agentd_receipts_total", tool="set_light", status="refused") == 1
    assert value(metrics, "agentd_refusals_total", reason="estop") == 1
    assert value(metrics, "agentd_refusals_total", reason="budget") == 0
    assert value(metrics, "agentd_estops_total") == 1


def test_a_look_tells_devices_parts_brains_queues_and_budgets() -> None:
    metrics = Metrics(Bus(), Seen().look())
    assert value(metrics, "agentd_devices", kind="light", state="unavailable") == 1
    assert value(metrics, "agentd_devices", kind="drive", state="unarmed") == 1
    assert value(metrics, "agentd_device_up", device="cart") == 0
    assert value(metrics, "agentd_estop_latched") == 1
    assert value(metrics, "agentd_part_ready", part="broker") == 0
    assert value(metrics, "agentd_brain_outcomes_total", brain="offline", outcome="unsure") == 1
    assert value(metrics, "agentd_brain_seconds", brain="offline", percentile="95") == 0.5
    assert value(metrics, "agentd_queue_depth", queue="streams") == 2
    assert value(metrics, "agentd_events_dropped_total") == 7
    assert value(metrics, "agentd_used_today", key="ann", resource="tokens") == 7
    assert value(metrics, "agentd_budget", key="ann", resource="tokens") == 10
    assert ("agentd_budget", frozenset({("key", "bob"), ("resource", "tokens")})) not in read(
        metrics
    )
    assert value(metrics, "process_resident_memory_bytes") > 1e6


def test_names_that_others_invent_do_not_make_series_without_end() -> None:
    bus, seen = Bus(), Seen()
    metrics = Metrics(bus, seen.look())
    metrics.page("")
    known = set(read(metrics))
    ever = set(known)
    for number in range(3000):
        unknown = Refusal(Reason.UNKNOWN_TOOL, "no")
        bus.publish(receipt(tool=f"tool{number}", status=Status.REFUSED, refusal=unknown))
        metrics.request("BREW", "", 404, 0.1)
        if number % 100 == 0:  # a broker that announces ever new devices
            ids = [f"light.x{number}_{each}" for each in range(100)]
            seen.devices = [Device(id=each, name=each, kind=Kind.LIGHT) for each in ids]
            seen.used = {each: Used() for each in ids}
            seen.parts = dict.fromkeys(ids, "ready")
            ever |= set(read(metrics))
    assert len(ever) < len(known) + 200 + 100 + 3 * 50 + 50
    assert value(metrics, "agentd_receipts_total", tool="unknown", status="refused") == 3000
    assert value(metrics, "agentd_http_requests_total", method=OTHER, route=OTHER, status="404")


def test_the_first_names_keep_theirs() -> None:
    bounded = Bounded(2)
    assert [bounded(name) for name in "abcab"] == ["a", "b", OTHER, "a", "b"]


def test_openmetrics_is_spoken_to_who_asks_for_it() -> None:
    metrics = Metrics(Bus(), Seen().look())
    page, kind = metrics.page("application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    assert page.endswith(b"# EOF\n")


@pytest.mark.needs("prometheus")
def test_promtool_finds_nothing_to_say_about_the_page(tmp_path: Path) -> None:
    bus = Bus()
    metrics = Metrics(bus, Seen().look())
    metrics.request("GET", '/api/"odd"\\\n', 200, 0.01)
    bus.publish(sentence())
    bus.publish(receipt(stages={"gate": 0.001}))
    page, _ = metrics.page("")
    ran = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, timeout=30, check=False
    )
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, b"", b"")
