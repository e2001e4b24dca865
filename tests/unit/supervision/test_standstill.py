"""停运: of a time in which the system stood still nobody is called idle."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.registry import PatrolRules
from services.supervision.domain.roster import digests, outages, patrol
from services.supervision.domain.roster.outages import Outage
from tests.unit.supervision import town
from tests.unit.supervision.town import HOME, at

RULES = PatrolRules(offline_hours=60)
MONDAY = at("03-09 00:00")
WEEK = timedelta(days=7)


def stood(since: str, until: str) -> Outage:
    return Outage(since=at(since), until=at(until))


def test_a_stop_is_a_standstill_when_it_was_longer_than_terminals_keep_what_they_hand_in() -> None:
    assert outages.detect_outage(at("03-09 08:00"), at("03-11 20:00"), RULES) is None
    assert outages.detect_outage(at("03-09 08:00"), at("03-11 20:01"), RULES) == stood("03-09 08:00", "03-11 20:01")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("03-09 08:05", ["03-09"]),
        ("03-11 20:00", ["03-09", "03-10", "03-11"]),
        ("03-12 07:00", ["03-10", "03-11"]),
        ("07-01 07:00", ["06-29", "06-30"]),
    ],
    ids=["as ever", "a weekend off", "three days", "a summer"],
)
def test_only_rounds_of_which_a_visit_may_be_handed_in_still_are_due(now: str, due: list[str]) -> None:
    """Shifts from eight to six; the last look was on Monday before the first of them."""
    begun = patrol.begun_duties(patrol.duties(town.town(), MONDAY, at(now)), MONDAY, at(now))
    kept = outages.still_recordable(begun, at(now), RULES)
    assert sorted({f"{each.starts_at.astimezone(town.SHANGHAI):%m-%d}" for each in kept}) == due


@pytest.mark.parametrize(
    ("standstills", "observed"),
    [
        ([], True),
        ([stood("03-08 18:00", "03-16 00:05")], False),
        ([stood("03-09 00:00", "03-16 00:00")], False),
        ([stood("03-09 09:00", "03-16 00:05")], True),
        ([stood("03-01 09:00", "03-15 23:00")], True),
        ([stood("03-12 09:00", "03-20 00:00"), stood("03-01 09:00", "03-12 09:00")], False),
        ([stood("03-01 09:00", "03-05 09:00"), stood("03-20 09:00", "03-29 09:00")], True),
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
def test_a_week_is_observed_when_the_system_ran_at_any_time_in_it(standstills: list[Outage], observed: bool) -> None:
    assert outages.was_running(MONDAY, MONDAY + WEEK, standstills) is observed


def test_a_paper_names_the_standstills_of_its_period_and_of_the_one_before_it_whole() -> None:
    """So that whoever misses other papers reads why there are none."""
    long, later, far = (
        stood("02-01 09:00", "03-03 09:00"),
        stood("03-12 09:00", "04-02 09:00"),
        stood("05-01 09:00", "06-01 09:00"),
    )
    assert outages.overlapping(MONDAY - WEEK, MONDAY + WEEK, [later, far, long]) == (long, later)
    assert outages.overlapping(MONDAY, MONDAY + WEEK, [long, far]) == ()
    period = (MONDAY.date(), (MONDAY + WEEK).date())
    written = digests.write_digest(town.town(), "week", HOME[:12], period, (), (0, 0), (later,))
    assert digests.Digest.model_validate_json(written.model_dump_json()).not_observed == (later,)
