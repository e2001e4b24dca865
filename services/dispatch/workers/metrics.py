"""Metrics of webhooks. No label holds an endpoint id, so the number of time series stays small."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("gridloop_webhook_attempts_total", "Webhook attempts by result", ["result"])
ATTEMPT_SECONDS = Histogram("gridloop_webhook_attempt_seconds", "Duration of one attempt")
GIVEN_UP = Counter(
    "gridloop_webhooks_given_up_total",
    "Messages given up until a person recovers them, by reason: all attempts failed, or expired untried",
    ["reason"],
)
DELIVERY_SECONDS = Histogram(
    "gridloop_webhook_delivery_seconds",
    "Time from storing a message to its delivery",
    buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 60, 600, 3600, 86_400),
)
IN_FLIGHT = Gauge("gridloop_webhooks_in_flight", "Webhook requests in flight")
UNRECORDED = Gauge(
    "gridloop_webhook_results_unrecorded", "Results that are not recorded yet; while recording fails nothing is sent"
)
DUE_OLDEST = Gauge("gridloop_webhook_due_oldest_seconds", "Longest waiting time of a due message of a healthy endpoint")
DISABLED = Gauge(
    "gridloop_webhook_endpoints_disabled", "Endpoints disabled because they failed for days or answered 410"
)
