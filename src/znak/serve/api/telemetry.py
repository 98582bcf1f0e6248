"""Traces and figures by OpenTelemetry, where its SDK is installed and an exporter is configured.

pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 znak serve
"""

from __future__ import annotations

import importlib.util
import os

from fastapi.telemetry import TelemetryConfig

_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)


def choose_telemetry() -> TelemetryConfig:
    """Return FastAPI's configuration: everything off without SDK and endpoint.

    Logs stay off: they would hold what clients sent. Health checks are not traced.
    """
    wanted = any(os.environ.get(name) for name in _ENDPOINTS)
    on = wanted and importlib.util.find_spec("opentelemetry.sdk") is not None
    return TelemetryConfig(
        tracing=on,
        metrics=on,
        logs=False,
        operation_spans=on,
        auto_configure=on,
        exclude=lambda scope: scope.get("path") in ("/livez", "/readyz", "/metrics"),
    )
