"""Values of Prometheus metrics of this process."""

from __future__ import annotations

from prometheus_client import REGISTRY


def metric(name: str, /, **labels: str) -> float:
    """Return the value of a metric, or 0 if it has not been set."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
