"""The counters, fed from the event stream and by the HTTP door, and the page they are read from.

Weighed: writing the text format ourselves (no escaping, histogram or negotiation rule would be
checked by anybody else) and the OpenTelemetry SDK (a dozen packages). prometheus-client has no
dependency, costs 20 ms and 1.2 MB, and brings the process's memory, CPU and descriptors along.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from agentd import __version__
from agentd.errors import Reason
from agentd.events import Bus, CommandFinished, EStopLatched, Event, SentenceAnswered
from agentd.metrics.bounded import OTHER, Bounded
from agentd.metrics.look import Look, LookCollector
from agentd.model import Receipt

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
STAGE_S: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    *(10.0, 30.0, 60.0),
)
MOST_TOOLS: Final = 60
MOST_ROUTES: Final = 100


class Metrics:
    """Counts from now on; a restart begins at 0, as Prometheus expects."""

    def __init__(self, bus: Bus, look: Look) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each one
        self._registry = CollectorRegistry()
        self._tool, self._route = Bounded(MOST_TOOLS), Bounded(MOST_ROUTES)
        self._requests = self._counter(
            "agentd_http_requests",
            "HTTP requests by route and status.",
            "method",
            "route",
            "status",
        )
        self._first_byte = self._histogram(
            "agentd_http_first_byte_seconds", "Until an answer began, by route.", "route"
        )
        self._sentences = self._counter(
            "agentd_sentences", "Sentences by door and by the brain that answered.", "door", "brain"
        )
        self._tokens = self._counter(
            "agentd_tokens", "Tokens heard and said, estimated.", "direction"
        )
        self._stages = self._histogram(
            "agentd_stage_seconds",
            "A command's way: understand, gate, wire, acknowledge.",
            "stage",
        )
        self._receipts = self._counter(
            "agentd_receipts", "Receipts by tool and outcome.", "tool", "status"
        )
        self._refusals = self._counter("agentd_refusals", "Refusals by reason.", "reason")
        self._stops = self._counter("agentd_estops", "Emergency stops.")
        info = Gauge("agentd_build_info", "1.", ["version"], registry=self._registry)
        info.labels(__version__).set(1)
        for reason in Reason:  # a rate needs the zero before the first
            self._refusals.labels(reason.value)
        ProcessCollector(registry=self._registry)
        self._registry.register(LookCollector(look))
        bus.listen(self._follow)

    def request(self, method: str, route: str, status: int, first_byte_s: float) -> None:
        """Count an HTTP request; `route` is its template, empty when it matched none."""
        known = self._route(route) if route else OTHER
        self._requests.labels(method if method in METHODS else OTHER, known, status).inc()
        self._first_byte.labels(known).observe(first_byte_s)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page in the format that the Accept header asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _follow(self, event: Event) -> None:
        match event:
            case SentenceAnswered():
                self._sentences.labels(event.asker.door, event.brain or "none").inc()
                self._tokens.labels("heard").inc(event.asked_tokens)
                self._tokens.labels("said").inc(event.answered_tokens)
                if event.understood_s:
                    self._stages.labels("understand").observe(event.understood_s)
            case CommandFinished(receipt=receipt):
                self._count(receipt)
            case EStopLatched():
                self._stops.inc()

    def _count(self, receipt: Receipt) -> None:
        unknown = receipt.refusal and receipt.refusal.reason is Reason.UNKNOWN_TOOL
        tool = "unknown" if unknown else self._tool(receipt.tool)
        self._receipts.labels(tool, receipt.status.value).inc()
        if receipt.refusal:
            self._refusals.labels(receipt.refusal.reason.value).inc()
        for stage, took_s in receipt.stages.items():
            self._stages.labels(stage).observe(took_s)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, registry=self._registry, buckets=STAGE_S)
