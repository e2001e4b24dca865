"""Logs, metrics and traces: one JSON object per line, Prometheus metrics with bounded labels, W3C trace ids."""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import sys
from collections.abc import Generator
from contextvars import ContextVar
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge, Histogram

RELAYED = Counter("gridloop_relayed_events_total", "Events the broker acknowledged")
APPLIED = Counter("gridloop_applied_events_total", "Events applied by this service", ["source"])
DUPLICATES = Counter("gridloop_duplicate_events_total", "Events received again and dropped")
DEFERRED = Gauge(
    "gridloop_deferred_events", "Events that wait for their dependencies, a registry release or a newer version"
)
DEFERRED_OLDEST = Gauge("gridloop_deferred_oldest_seconds", "Age of the oldest deferred event; an alarm above 30")
DEAD_LETTERS = Gauge("gridloop_dead_letters", "Events that could not be applied and wait for an operator")
DIVERGED = Gauge("gridloop_diverged_cases", "Cases stopped because their source lost events in a restore")
OUTBOX = Gauge("gridloop_outbox_events", "Events that the broker has not acknowledged")
OUTBOX_OLDEST = Gauge("gridloop_outbox_oldest_seconds", "Age of the oldest event in the outbox")
LAG = Gauge(
    "gridloop_consumer_lag_records", "Records between our offset and the end of a partition", ["topic", "partition"]
)
LOG_CHANGES = Counter("gridloop_log_changes_total", "Times a partition was replaced by another log")
REPAIRED = Counter(
    "gridloop_repaired_events_total", "Events fetched from their source instead of the broker", ["source"]
)
TIMERS = Counter("gridloop_timers_fired_total", "Timers fired", ["name"])
TIMERS_FAILED = Counter(
    "gridloop_timers_failed_total", "Failed attempts to fire a timer; each is repeated until it succeeds", ["name"]
)
LOOP_RESTARTS = Counter(
    "gridloop_loop_restarts_total",
    "Restarts of background loops, by reason: error, stalled, outage, or again (the loop's own request)",
    ["loop", "reason"],
)
CASE_FAILURES = Counter("gridloop_case_failures_total", "Failures of a task on single cases", ["task"])
QUARANTINED = Gauge("gridloop_quarantined_cases", "Cases left out by a task until their next attempt", ["task"])
REQUESTS = Histogram("gridloop_request_seconds", "Response time", ["method", "route", "status"])

trace: ContextVar[str] = ContextVar("trace", default="")
"""The current `traceparent`, as in W3C Trace Context."""


_subject: ContextVar[dict[str, str] | None] = ContextVar("subject", default=None)


@contextlib.contextmanager
def case_context(case_id: UUID, cause: str, traceparent: str) -> Generator[None]:
    """Add the ids of case, cause (an event or a timer) and trace to every log line until the context ends."""
    before = _subject.set({"case_id": str(case_id), "event_id": cause}), trace.set(traceparent)
    try:
        yield
    finally:
        _subject.reset(before[0])
        trace.reset(before[1])


def new_trace() -> str:
    """Return a fresh `traceparent`."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def trace_of(header: bytes) -> str:
    """Return the caller's `traceparent`, or a fresh one if the header is invalid. Events carry this value."""
    return header.decode() if _TRACEPARENT.fullmatch(header) else new_trace()


def trace_id() -> str:
    """Return the current trace id, or an empty string."""
    parts = trace.get().split("-")
    return parts[1] if len(parts) == 4 else ""


def log_fields() -> dict[str, str]:
    """Return the fields for the next log line: case, event and trace, as far as they are known."""
    found = trace_id()
    return (_subject.get() or {}) | ({"trace_id": found} if found else {})


_QUOTED = re.compile(
    r"input_value=.*?, input_type=\w+|DETAIL:  .*?(?=\n\n(?:The above exception|During handling)|\Z)", re.DOTALL
)
"""The parts of pydantic and PostgreSQL errors that quote input values."""


def strip_quoted_values(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Remove quoted input values from log records, since they may be personal data."""
    for name in ("event", "exception"):
        if isinstance(event.get(name), str):
            event[name] = _QUOTED.sub("…", event[name])
    return event


def configure_logs(service: str, form: str) -> None:
    """Send every log record, ours and the libraries', through structlog to standard output."""

    def add_context(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        event.update(log_fields())
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        strip_quoted_values,
        add_context,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if form == "json" else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)  # the loops report outages without a traceback
