"""What operators watch of webhooks. Labels are bounded: no endpoint ids."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("gridloop_webhook_attempts_total", "Webhook attempts by how they ended", ["result"])
ATTEMPT_SECONDS = Histogram("gridloop_webhook_attempt_seconds", "Duration of one attempt")
GIVEN_UP = Counter(
    "gridloop_webhooks_given_up_total",
    "Messages given up until somebody recovers them: tried often enough, or waited too long for an endpoint",
    ["why"],
)
DELIVERY_SECONDS = Histogram(
    "gridloop_webhook_delivery_seconds",
    "From saying a message to its delivery",
    buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 60, 600, 3600, 86_400),
)
UNDER_WAY = Gauge("gridloop_webhooks_under_way", "Requests in flight")
UNRECORDED = Gauge(
    "gridloop_webhook_results_unrecorded", "Results not written yet; while they cannot be written nothing is sent"
)
DUE_OLDEST = Gauge(
    "gridloop_webhook_due_oldest_seconds", "How long the longest waiting due message of a healthy endpoint waits"
)
DISABLED = Gauge(
    "gridloop_webhook_endpoints_disabled", "Endpoints switched off because they failed for days or said 410"
)
