"""Figures for Prometheus: requests, how long they took, what waits. One registry an app."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures; `route` is always a route's template, so that their number stays bounded."""

    def __init__(self, gauges: Callable[[], dict[str, float]]) -> None:
        """Take a function that returns what is measured when asked, by name."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "znak_http_requests", "Requests answered.", ["method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "znak_http_request_seconds", "Time to the end of the answer.", ["route"],
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._refused = Counter(
            "znak_http_refused", "Requests refused, by problem.", ["code"], registry=self._registry
        )
        self.in_flight = Gauge(
            "znak_http_in_flight", "Requests being answered.", registry=self._registry
        )
        self.streams = Gauge("znak_event_streams", "Open event streams.", registry=self._registry)
        self._registry.register(_Asked(gauges))

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, code: str) -> None:
        """Count a problem that was answered with."""
        self._refused.labels(code).inc()

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)


class _Asked(Collector):
    def __init__(self, gauges: Callable[[], dict[str, float]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._gauges().items():
            yield GaugeMetricFamily(f"znak_{name}", name.replace("_", " "), value=value)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # or the registry would ask for the values at the start
