"""停运: nobody is counted as idle during an outage of the system."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.clocks.calendar import SHANGHAI
from contracts.registry import PatrolRules
from services.supervision.domain.roster import digests, outages, patrol
from services.supervision.domain.roster.outages import Outage
from tests.unit.supervision import sample_district
from tests.unit.supervision.sample_district import HOME, at

RULES = PatrolRules(offline_hours=60)
MONDAY = at("03-09 00:00")
WEEK = timedelta(days=7)


def outage(since: str, until: str) -> Outage:
    return Outage(since=at(since), until=at(until))


def test_a_pause_longer_than_the_offline_time_of_terminals_is_an_outage() -> None:
    assert outages.detect_outage(at("03-09 08:00"), at("03-11 20:00"), RULES) is None
    assert outages.detect_outage(at("03-09 08:00"), at("03-11 20:01"), RULES) == outage("03-09 08:00", "03-11 20:01")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("03-09 08:05", ["03-09"]),
        ("03-11 20:00", ["03-09", "03-10", "03-11"]),
        ("03-12 07:00", ["03-10", "03-11"]),
        ("07-01 07:00", ["06-29", "06-30"]),
    ],
    ids=["as ever", "a weekend", "three days", "a summer"],
)
def test_a_round_is_due_only_while_its_visits_can_still_arrive(now: str, due: list[str]) -> None:
    """Shifts run from eight to six; the last check was on Monday before the first shift."""
    begun = patrol.begun_duties(patrol.duties(sample_district.make_district(), MONDAY, at(now)), MONDAY, at(now))
    kept = outages.still_recordable(begun, at(now), RULES)
    assert sorted({f"{each.starts_at.astimezone(SHANGHAI):%m-%d}" for each in kept}) == due


@pytest.mark.parametrize(
    ("outages_of_week", "observed"),
    [
        ([], True),
        ([outage("03-08 18:00", "03-16 00:05")], False),
        ([outage("03-09 00:00", "03-16 00:00")], False),
        ([outage("03-09 09:00", "03-16 00:05")], True),
        ([outage("03-01 09:00", "03-15 23:00")], True),
        ([outage("03-12 09:00", "03-20 00:00"), outage("03-01 09:00", "03-12 09:00")], False),
        ([outage("03-01 09:00", "03-05 09:00"), outage("03-20 09:00", "03-29 09:00")], True),
    ],
    ids=[
        "never",
        "throughout",
        "exactly",
        "since its Monday",
        "until its Sunday",
        "twice in a row",
        "before and after",
    ],
)
def test_a_week_is_observed_if_the_system_ran_at_any_time_in_it(outages_of_week: list[Outage], observed: bool) -> None:
    assert outages.was_running(MONDAY, MONDAY + WEEK, outages_of_week) is observed


def test_a_digest_names_the_outages_of_its_period_and_of_the_one_before() -> None:
    """They explain why other digests are missing."""
    first, later, far = (
        outage("02-01 09:00", "03-03 09:00"),
        outage("03-12 09:00", "04-02 09:00"),
        outage("05-01 09:00", "06-01 09:00"),
    )
    assert outages.overlapping(MONDAY - WEEK, MONDAY + WEEK, [later, far, first]) == (first, later)
    assert outages.overlapping(MONDAY, MONDAY + WEEK, [first, far]) == ()
    period = (MONDAY.date(), (MONDAY + WEEK).date())
    written = digests.write_digest(sample_district.make_district(), "week", HOME[:12], period, (), (0, 0), (later,))
    assert digests.Digest.model_validate_json(written.model_dump_json()).not_observed == (later,)
