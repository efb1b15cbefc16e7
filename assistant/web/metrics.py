"""``/metrics``: what Prometheus reads. Numbers only, nothing of what was asked or answered.

Names follow https://prometheus.io/docs/practices/naming/: seconds, totals, one prefix.
"""

from __future__ import annotations

import os

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from assistant.types import Answer
from assistant.web.dependencies import Ready
from assistant.web.ready import Readiness
from index.errors import StoreError

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

router = APIRouter()


class Metrics:
    """The figures of one process; with several workers each has its own, told apart by ``pid``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "notices_request_seconds", "Time from a request to the end of its response.", ("method", "route", "status"),
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.under_way = Gauge("notices_requests_under_way", "Requests being answered now.", registry=self.registry)
        self.turned_away = Counter(
            "notices_turned_away_total", "Requests refused for their number (429).", registry=self.registry
        )
        self.answers = Histogram(
            "notices_answer_seconds", "Time to compose an answer, by its kind.", ("kind",),
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.abstentions = Counter(
            "notices_abstentions_total", "Questions that the notices do not answer.", registry=self.registry
        )
        self._sequence = Gauge("notices_store_sequence", "Number of the store's state.", registry=self.registry)
        self._notices = Gauge("notices_store_notices", "Notices in the store.", registry=self.registry)
        self._passages = Gauge("notices_store_passages", "Passages in the store.", registry=self.registry)
        self._up = Gauge("notices_store_up", "1 when the store can be read.", registry=self.registry)
        self._degraded = Gauge(
            "notices_store_degraded", "1 when something of the store is damaged that somebody must see to.",
            registry=self.registry,
        )  # fmt: skip
        process = Gauge("notices_process", "The process that these figures are of.", ("pid",), registry=self.registry)
        process.labels(str(os.getpid())).set(1)

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self.answers.labels(answer.kind).observe(answer.took_ms / 1000)
        if answer.abstained:
            self.abstentions.inc()

    def exposition(self, readiness: Readiness) -> bytes:
        """All figures in Prometheus' text format; the store's are read now."""
        try:
            held, degraded = readiness.look()
        except StoreError:
            self._up.set(0)
        else:
            self._up.set(1)
            self._degraded.set(degraded is not None)
            self._sequence.set(held.sequence)
            self._notices.set(held.notices)
            self._passages.set(held.passages)
        return generate_latest(self.registry)


@router.get("/metrics", tags=["health"], response_class=Response)
def metrics(request: Request, readiness: Ready) -> Response:
    """Figures for Prometheus: requests, answers, refusals, the store's state."""
    figures: Metrics = request.app.state.metrics
    return Response(figures.exposition(readiness), media_type=CONTENT_TYPE_LATEST)
