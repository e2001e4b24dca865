"""Delivery of webhooks: retries, the verdict on a response, and the state of the endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import orjson
import pytest

from services.dispatch.domain.delivery import circuit, schedule
from services.dispatch.domain.delivery.attempts import UNPROVEN_ERROR, Attempt, Outcome, echoes_challenge, evaluate
from services.dispatch.domain.delivery.changes import ChangeRequest, apply_change
from services.dispatch.domain.delivery.health import Health, HealthSignal, apply_signals, has_recovered

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FAILED, DELIVERED = HealthSignal("failed", 1), HealthSignal("delivered", 1)


def evaluate_attempt(attempt: Attempt, attempts: int = 0, **more: bool) -> Outcome:
    known = {"resend": False, "delivered_before": False} | more
    return evaluate(attempt, attempts=attempts, version=1, random=Random(1), **known)  # type: ignore[arg-type]


def test_the_retries_spread_over_days_and_end() -> None:
    total = sum(schedule.DELAYS, timedelta())
    assert timedelta(days=3) <= total <= timedelta(days=4)
    assert schedule.retry_delay(schedule.ATTEMPTS, busy=False, requested=None, random=Random(1)) is None


def test_delays_vary_by_a_fifth() -> None:
    found = {schedule.retry_delay(4, busy=False, requested=None, random=Random(seed)) for seed in range(50)}
    assert len(found) == 50
    for each in found:
        assert each is not None
        assert timedelta(minutes=8) <= each <= timedelta(minutes=12)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, "delivered"),
        (202, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (301, "failed"),
        (304, "failed"),
        (400, "failed"),
        (404, "failed"),
        (410, "gone"),
        (429, "throttled"),
        (500, "failed"),
        (502, "throttled"),
        (503, "throttled"),
        (504, "throttled"),
    ],
)
def test_only_2xx_counts_as_delivered(status: int, verdict: str) -> None:
    assert schedule.verdict_of(status) == verdict


def test_a_busy_or_slow_receiver_is_retried_after_a_minute() -> None:
    for attempt in (Attempt(429), Attempt(503), Attempt(None, error="timeout", timed_out=True)):
        assert evaluate_attempt(attempt).delay >= timedelta(seconds=60)
    assert evaluate_attempt(Attempt(500)).delay < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("1", 60, 72),
        ("600", 600, 600),
        ("3600", 3600, 3600),
        ("999999999999", 3600, 3600),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 60, 72),
        ("9" * 5_000, 3600, 3600),
        ("0" * 5_000 + "600", 600, 600),
        ("0" * 5_000, 60, 72),
        ("1e400", 60, 72),
        ("NaN", 60, 72),
        ("\u0663\u0660\u0660", 60, 72),
        ("Fri, 31 Dec 9999999 23:59:59 GMT", 60, 72),
        ("-5", 60, 72),
        (None, 60, 72),
    ],
)
def test_retry_after_is_respected_within_bounds(header: str | None, least: int, most: int) -> None:
    delay = evaluate_attempt(Attempt(429, retry_after=header)).delay
    assert timedelta(seconds=least) <= delay <= timedelta(seconds=most)


def test_the_last_failure_exhausts_and_a_resend_does_not_count() -> None:
    assert evaluate_attempt(Attempt(500), attempts=schedule.ATTEMPTS - 1).state == "exhausted"
    assert evaluate_attempt(Attempt(500), attempts=schedule.ATTEMPTS - 2).state == "pending"
    assert evaluate_attempt(Attempt(500), attempts=3, resend=True).state == "pending"
    assert evaluate_attempt(Attempt(500), attempts=3, resend=True, delivered_before=True).state == "delivered"


def test_a_test_message_is_proved_by_its_challenge() -> None:
    sent = orjson.dumps({"type": "endpoint.test", "data": {"challenge": "abc"}})
    assert echoes_challenge(sent, b'{"challenge": "abc", "more": 1}')
    for answer in (b"", b"abc", b'"abc"', b'{"challenge": "abd"}', b"[]", b"\xff"):
        assert not echoes_challenge(sent, answer)


def test_the_circuit_opens_after_failures_in_a_row_with_doubling_pauses() -> None:
    health = Health("verified", 1)
    for _ in range(circuit.THRESHOLD - 1):
        health = apply_signals(health, [FAILED], NOW)
        assert health.open_until is None
    pauses = []
    now = NOW
    for _ in range(12):
        health = apply_signals(health, [FAILED], now)
        assert health.open_until is not None
        pauses.append(health.open_until - now)
        now = health.open_until
    assert pauses[:3] == [circuit.FIRST_PAUSE, circuit.FIRST_PAUSE * 2, circuit.FIRST_PAUSE * 4]
    assert pauses[-1] == circuit.LONGEST_PAUSE


def test_one_success_closes_the_circuit() -> None:
    broken = apply_signals(Health("verified", 1), [FAILED] * 9, NOW)
    healed = apply_signals(broken, [DELIVERED], NOW)
    assert (healed.failures, healed.open_until, healed.first_failure_at) == (0, None, None)
    assert has_recovered(broken, healed)
    assert not has_recovered(healed, apply_signals(healed, [DELIVERED], NOW))


def test_a_throttled_endpoint_rests_for_all_its_messages() -> None:
    health = apply_signals(Health("verified", 1), [HealthSignal("throttled", 1, pause=timedelta(minutes=10))], NOW)
    assert health.open_until == NOW + timedelta(minutes=10)
    later = apply_signals(health, [FAILED], NOW + timedelta(minutes=1))
    assert later.open_until == NOW + timedelta(minutes=10)


def test_410_disables_at_once_and_days_of_failures_disable_later() -> None:
    assert apply_signals(Health("verified", 1), [HealthSignal("gone", 1)], NOW).disabled_reason == "gone"
    burst = apply_signals(Health("verified", 1), [FAILED] * 50, NOW)
    assert burst.state == "verified", "a count alone disables nothing"
    long = apply_signals(burst, [FAILED], NOW + circuit.DISABLE_AFTER)
    assert (long.state, long.disabled_reason) == ("disabled", "failing")
    seldom = apply_signals(apply_signals(Health("verified", 1), [FAILED], NOW), [FAILED], NOW + circuit.DISABLE_AFTER)
    assert seldom.state == "verified", "two failures days apart disable nothing"


def test_an_echoed_challenge_verifies_and_re_enables_an_endpoint() -> None:
    proof = HealthSignal("delivered", 1, challenged=True)
    assert apply_signals(Health("pending_verification", 1), [proof], NOW).state == "verified"
    assert apply_signals(Health("pending_verification", 1), [DELIVERED], NOW).state == "pending_verification"
    gone = apply_signals(Health("verified", 1), [HealthSignal("gone", 1)], NOW)
    back = apply_signals(gone, [proof], NOW)
    assert (back.state, back.disabled_reason) == ("verified", None)
    assert has_recovered(gone, back)


def test_a_response_of_a_former_url_verifies_nothing_and_a_paused_endpoint_stays_paused() -> None:
    assert (
        apply_signals(
            Health("pending_verification", 2), [HealthSignal("delivered", 1, challenged=True)], NOW
        ).verified_at
        is None
    )
    paused = apply_signals(Health("paused", 1), [HealthSignal("delivered", 1, challenged=True)], NOW)
    assert (paused.state, paused.verified_at) == ("paused", NOW)


ROW = {
    "id": "x",
    "url": "https://a/",
    "description": "",
    "events": None,
    "max_in_flight": 8,
    "verified_at": NOW,
    "takes_exercises": False,
    "signatures": ["v1", "v1a"],
    "state": "verified",
    "failures": 3,
    "open_until": NOW,
    "first_failure_at": NOW,
    "disabled_reason": None,
    "disabled_at": None,
    "version": 4,
}


def test_a_test_answered_without_its_challenge_is_reported_and_retried() -> None:
    bare = evaluate_attempt(Attempt(200), proof=False)
    assert (bare.state, bare.error, bare.signal.test_error) == ("pending", UNPROVEN_ERROR, UNPROVEN_ERROR)
    assert timedelta(seconds=4) <= bare.delay <= timedelta(seconds=6)
    proven = evaluate_attempt(Attempt(200), proof=True)
    assert (proven.state, proven.error, proven.signal.challenged) == ("delivered", None, True)
    assert evaluate_attempt(Attempt(500, error="status 500"), proof=True).signal.test_error == "status 500"
    assert evaluate_attempt(Attempt(200)).signal == HealthSignal("delivered", 1)


def test_an_endpoint_shows_the_error_of_its_last_test() -> None:
    unproven = apply_signals(
        Health("pending_verification", 1), [HealthSignal("delivered", 1, test_error=UNPROVEN_ERROR)], NOW
    )
    assert (unproven.state, unproven.failures, unproven.test_error) == ("pending_verification", 0, UNPROVEN_ERROR)
    assert apply_signals(unproven, [DELIVERED], NOW).test_error == UNPROVEN_ERROR
    assert apply_signals(unproven, [HealthSignal("delivered", 1, challenged=True)], NOW).test_error is None
    assert (
        apply_signals(Health("verified", 2), [HealthSignal("delivered", 1, test_error=UNPROVEN_ERROR)], NOW).test_error
        is None
    )


def test_a_new_url_must_be_verified_again() -> None:
    moved = apply_change(ROW, ChangeRequest(url="https://b/"))
    assert (moved.state, moved.test, moved.fresh) == ("pending_verification", True, True)
    assert moved.row["verified_at"] is None
    assert not apply_change(ROW, ChangeRequest(url="https://a/")).test


def test_a_changed_description_or_filter_keeps_state_and_failures() -> None:
    change = apply_change(ROW, ChangeRequest(description="新", events=("dispatch.created",)))
    assert (change.state, change.fresh, change.test) == (None, False, False)
    assert change.row["events"] == ["dispatch.created"]
    assert apply_change(dict(change.row), ChangeRequest(all_events=True)).row["events"] is None


def test_an_endpoint_can_be_paused_and_resumed() -> None:
    paused = apply_change(ROW, ChangeRequest(paused=True))
    assert paused.state == "paused"
    resumed = apply_change(dict(paused.row), ChangeRequest(paused=False))
    assert (resumed.state, resumed.test) == ("verified", False)
    moved = apply_change(dict(paused.row), ChangeRequest(url="https://b/"))
    assert (moved.state, moved.test) == ("paused", True)
    disabled = ROW | {"state": "disabled", "disabled_reason": "gone"}
    assert apply_change(disabled, ChangeRequest(paused=False)).row["disabled_reason"] is None
