"""What is measured, for Prometheus: acknowledgements as they happen, the rest read from the database when asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.counts import BUCKETS_S, Counts
from bot.outages import Outage
from storage.counts import effects_by_state, open_by_severity
from storage.transaction import Storage

log = logging.getLogger(__name__)

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds; Slack waits three."""


class Metrics:
    """A registry of its own, so that tests and several bots in one process do not share counts."""

    def __init__(
        self, storage: Storage, *, counts: Counts, slack_up: Callable[[], bool], outage: Outage | None = None
    ) -> None:
        self._registry = CollectorRegistry()
        self._waited = Histogram(
            "ml_incident_acknowledgement_seconds",
            "How long Slack waited for an answer",
            ["kind"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._failed = Counter(
            "ml_incident_requests_failed",
            "Requests of Slack that were not answered with 200",
            ["kind"],
            registry=self._registry,
        )
        self._registry.register(_Delivered(counts))
        self._registry.register(_Stored(storage, slack_up, outage or Outage(storage.engine.url)))

    def acknowledged(self, kind: str, *, ok: bool, seconds: float) -> None:
        """Count one request of Slack."""
        self._waited.labels(kind).observe(seconds)
        if not ok:
            self._failed.labels(kind).inc()

    def exposition(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Delivered:
    """What the worker of this process has done since it started."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        for name, help_text, counted in (
            ("done", "Effects that were done", self._counts.done),
            ("later", "Attempts at effects that were put off", self._counts.later),
            ("dead", "Effects that gave up", self._counts.dead),
        ):
            family = CounterMetricFamily(f"ml_incident_effects_{name}", help_text, labels=["kind"])
            for kind, count in sorted(counted.items()):
                family.add_metric([kind], count)
            yield family
        within = list(accumulate(self._counts.seconds))
        bounds = [*(str(bound) for bound in BUCKETS_S), "+Inf"]
        yield HistogramMetricFamily(
            "ml_incident_effect_seconds",
            "How long effects were owed before they were done",
            buckets=list(zip(bounds, within, strict=True)),
            sum_value=self._counts.seconds_sum,
        )


class _Stored:
    """What the database knows; it says 0 for `up` and keeps silent on the rest when it cannot be read."""

    def __init__(self, storage: Storage, slack_up: Callable[[], bool], outage: Outage) -> None:
        self._storage = storage
        self._outage = outage
        self._slack_up = slack_up

    def describe(self) -> list[Metric]:
        return []  # so that registering asks nothing of the database

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("ml_incident_slack_up", "Whether Slack answered lately", value=self._slack_up())
        try:
            effects, incidents = self._read()
        except SQLAlchemyError as problem:
            if not self._outage.explains(problem):
                log.warning("the database could not be read for metrics: %s", type(problem).__name__)
            yield GaugeMetricFamily("ml_incident_database_up", "Whether the database can be read", value=0)
            return
        yield GaugeMetricFamily("ml_incident_database_up", "Whether the database can be read", value=1)
        yield effects
        yield incidents

    def _read(self) -> tuple[Metric, Metric]:
        with self._storage.reading() as tx:
            states, severities = effects_by_state(tx), open_by_severity(tx)
        effects = GaugeMetricFamily(
            "ml_incident_outbox",
            "Effects in the outbox by state; done ones are forgotten after a while",
            labels=["state"],
        )
        for state in ("owed", "doing", "done", "dead"):
            effects.add_metric([state], states.get(state, 0))
        incidents = GaugeMetricFamily("ml_incident_open_incidents", "Open incidents by severity", labels=["severity"])
        for severity in ("sev1", "sev2", "sev3", "sev4"):
            incidents.add_metric([severity], severities.get(severity, 0))
        return effects, incidents
