"""协助: requests for help are limited to the published list and its hours, and officers may refuse."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.base import Event
from contracts.events.supervision.assistance import (
    AssistAccepted,
    AssistAnswered,
    AssistLapsed,
    AssistRequested,
    AssistWithdrawn,
)
from contracts.registry import Admission, Community
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.policies import assists
from services.supervision.domain.policies.assists import HelpRequest, ShareAnswer
from services.supervision.domain.primitives.case import SupervisionCase
from services.tracking.domain.summary import Summary
from services.tracking.events import add_event
from tests.unit.supervision import sample_district
from tests.unit.supervision.sample_district import HOME, at, in_the_field, person

COMMUNITY = HOME[:12]
CLERK = person("unit_clerk", unit_id="sanitation")
NOON = at("03-11 12:00")


def admission(key: str, unit: str = "sanitation", **more: Any) -> Admission:
    return Admission.model_validate(
        {
            "id": key,
            "name": "垃圾分类劝导",
            "name_en": "Sorting drive",
            "unit": unit,
            "what": "劝导",
            "what_en": "Advise",
            "hours_per_month": 3,
            "valid_from": date(2026, 1, 1),
            **more,
        }
    )


@pytest.fixture
def district() -> RegistrySnapshot:
    plain = sample_district.make_district()
    community = Community(
        id=COMMUNITY,
        name="津苑",
        name_en="Jinyuan",
        street=COMMUNITY[:9],
        street_name="街",
        street_name_en="St",
        households=1,
    )
    items = (
        admission("sorting"),
        admission("others", "housing"),
        admission("ended", valid_to=date(2026, 3, 1)),
        admission("later", valid_from=date(2026, 6, 1)),
    )
    records: dict[str, Any] = {kind: dict(found) for kind, found in plain.records.items()}
    records |= {Community.KIND: {community.id: community}, Admission.KIND: {each.id: each for each in items}}
    return RegistrySnapshot.from_records(1, records)


@pytest.fixture
def case(district: RegistrySnapshot) -> SupervisionCase:
    return Case(
        UUID(int=7), Aggregate(), ScoredCase(), service="supervision", now=NOON, district=district, cause="command:1"
    )


def help_request(**changes: Any) -> HelpRequest:
    asked = {"admission_id": "sorting", "community": COMMUNITY, "hours": 1, "due_at": NOON + timedelta(days=3)}
    return HelpRequest.model_validate({**asked, **changes})


def events_of(case: SupervisionCase, kind: type[Event]) -> list[Any]:
    return [each.event for each in case.emitted if isinstance(each.event, kind)]


def test_every_officer_of_the_community_gets_a_share_but_no_volunteer(case: SupervisionCase) -> None:
    assists.request(case, help_request(), CLERK)
    (event,) = events_of(case, AssistRequested)
    assert event.officers == ("ann", "bo", "cai", "dan"), "the lane lead is a volunteer"
    assert (event.unit_id, event.admission_name, event.hours) == ("sanitation", "垃圾分类劝导", 1)


@pytest.mark.parametrize("item", ["anything", "others", "ended", "later"])
def test_only_an_item_of_the_unit_in_force_can_be_requested(case: SupervisionCase, item: str) -> None:
    """Covers an unknown item, an item of another unit, an expired one and a future one."""
    with pytest.raises(problems.NotOnTheList) as refused:
        assists.request(case, help_request(admission_id=item), CLERK)
    assert refused.value.members["possible"] == ["sorting"]
    assert case.emitted == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"community": "370522001999"}, problems.CommunityUnknown),
        ({"due_at": NOON - timedelta(minutes=1)}, problems.DueInThePast),
    ],
)
def test_a_request_needs_a_known_community_and_a_future_deadline(
    case: SupervisionCase, changes: dict[str, Any], problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        assists.request(case, help_request(**changes), CLERK)


@pytest.mark.parametrize(("hours", "over"), [(2.9, False), (3.0, False), (3.1, True)])
def test_an_officer_gets_no_more_hours_in_a_month_than_granted(hours: float, over: bool) -> None:
    found = {"ann": 1.0, "bo": hours}
    if not over:
        assists.require_within_grant(admission("sorting"), found)
        return
    with pytest.raises(problems.MoreThanGranted) as refused:
        assists.require_within_grant(admission("sorting"), found)
    assert (refused.value.members["granted"], refused.value.members["officers"]) == (3, ["bo"])


def test_a_done_share_counts_its_hours_and_a_refused_one_none(case: SupervisionCase) -> None:
    assists.request(case, help_request(), CLERK)
    assists.answer(case, ShareAnswer(done=True, hours=0.5), in_the_field("ann"))
    found = assists.answer(case, ShareAnswer(done=False, reason="no_time"), in_the_field("bo"))
    assert {key: (share.status, share.hours) for key, share in found.shares.items() if key in ("ann", "bo", "cai")} == {
        "ann": ("done", 0.5),
        "bo": ("refused", 0.0),
        "cai": ("open", 1.0),
    }
    assert [(each.officer_id, each.done, each.reason) for each in events_of(case, AssistAnswered)] == [
        ("ann", True, None),
        ("bo", False, "no_time"),
    ]


def test_an_answer_is_recorded_once_and_cannot_be_changed(case: SupervisionCase) -> None:
    assists.request(case, help_request(), CLERK)
    for _ in range(2):
        assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("ann"))
    assert len(events_of(case, AssistAnswered)) == 1
    with pytest.raises(problems.ShareNotOpen):
        assists.answer(case, ShareAnswer(done=False, reason="unsafe"), in_the_field("ann"))


def test_an_accepted_share_is_answered_or_lapses_like_any_other(case: SupervisionCase) -> None:
    """Accepting is only a promise."""
    assist = assists.request(case, help_request(), CLERK)
    for officer in ("ann", "ann", "bo", "cai"):
        assists.accept(case, in_the_field(officer))
    assert [each.officer_id for each in events_of(case, AssistAccepted)] == ["ann", "bo", "cai"]
    assert (assist.shares["ann"].accepted_at, assist.shares["ann"].hours, assist.status) == (NOON, 1, "open")
    assists.answer(case, ShareAnswer(done=False, reason="no_time"), in_the_field("dan"))
    assert assist.status == "accepted"
    assists.answer(case, ShareAnswer(done=True, hours=2), in_the_field("ann"))
    assists.answer(case, ShareAnswer(done=False, reason="unsafe"), in_the_field("bo"))
    with pytest.raises(problems.ShareNotOpen):
        assists.accept(case, in_the_field("bo"))
    with pytest.raises(problems.AssistUnknown):
        assists.accept(case, CLERK)
    assists.on_answer_due(case, assist.answer_due_at)
    assert [each.officers for each in events_of(case, AssistLapsed)] == [("cai",)]
    assert {key: share.status for key, share in assist.shares.items()} == {
        "ann": "done",
        "bo": "refused",
        "cai": "lapsed",
        "dan": "refused",
    }


def test_only_a_requested_officer_can_answer(case: SupervisionCase) -> None:
    assists.request(case, help_request(), CLERK)
    for caller in (in_the_field("lane"), person("officer"), CLERK):
        with pytest.raises(problems.AssistUnknown):
            assists.answer(case, ShareAnswer(done=True, hours=1), caller)


def test_withdrawing_a_request_cancels_open_shares(case: SupervisionCase) -> None:
    assists.request(case, help_request(), CLERK)
    assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("ann"))
    with pytest.raises(problems.AssistUnknown):
        assists.withdraw(case, "不用了", person("unit_clerk", unit_id="housing"))
    found = assists.withdraw(case, "不用了", CLERK)
    assists.withdraw(case, "不用了", CLERK)
    assert sorted(share.hours for share in found.shares.values()) == [0, 0, 0, 1]
    assert len(events_of(case, AssistWithdrawn)) == 1


def test_an_unanswered_share_lapses_two_work_days_after_the_deadline(case: SupervisionCase) -> None:
    """A deadline on Friday noon leaves time until Tuesday noon; answered shares do not change."""
    assist = assists.request(case, help_request(due_at=at("03-13 12:00")), CLERK)
    assert case.timers == {assists.LAPSE_TIMER: assist.answer_due_at}
    assert assist.answer_due_at == at("03-17 12:00")
    assists.answer(case, ShareAnswer(done=True, hours=0.5), in_the_field("ann"))
    assert assist.status == "open"
    assists.on_answer_due(case, assist.answer_due_at)
    assists.on_answer_due(case, assist.answer_due_at)
    assert {key: (share.status, share.hours) for key, share in assist.shares.items()} == {
        "ann": ("done", 0.5),
        "bo": ("lapsed", 0),
        "cai": ("lapsed", 0),
        "dan": ("lapsed", 0),
    }
    (event,) = events_of(case, AssistLapsed)
    assert (event.unit_id, event.officers, event.answer_due_at) == (
        "sanitation",
        ("bo", "cai", "dan"),
        at("03-17 12:00"),
    )
    assert assist.status == "lapsed"
    with pytest.raises(problems.ShareNotOpen):
        assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("bo"))


def test_the_answer_deadline_moves_with_an_announced_calendar(
    case: SupervisionCase, district: RegistrySnapshot
) -> None:
    """The help is requested for New Year's Eve; two working days later lie in a year that is announced meanwhile."""
    assist = assists.request(case, help_request(due_at=at("12-31 12:00")), CLERK)
    tuesday = at("12-31 12:00") + timedelta(days=5)
    assert (assist.answer_due_at, case.state.provisional, case.state.changes.clocks) == (tuesday, True, True)
    records = {kind: dict(found) for kind, found in district.records.items()}
    announced = sample_district.make_district(sample_district.ANNOUNCED, announced_years=(2027,)).records
    records |= {kind: dict(announced[kind]) for kind in ("district", "calendar_day")}
    later = Case(
        case.id,
        Aggregate(),
        case.state,
        service="supervision",
        now=NOON,
        district=RegistrySnapshot.from_records(2, records),
        cause="calendar:1",
    )
    assists.recompute_deadlines(later)
    assert (assist.answer_due_at, later.timers) == (
        tuesday + timedelta(days=1),
        {assists.LAPSE_TIMER: assist.answer_due_at},
    )
    assert not later.state.provisional
    assists.recompute_deadlines(later)
    again = assists.request(case, help_request(due_at=at("12-31 12:00")), CLERK)
    assists.withdraw(case, "不用了", CLERK)
    assert (again.provisional, case.state.provisional) == (False, False)


def test_nothing_lapses_after_all_answers_or_a_withdrawal(case: SupervisionCase) -> None:
    assist = assists.request(case, help_request(), CLERK)
    for officer in ("ann", "bo", "cai"):
        assists.answer(case, ShareAnswer(done=False, reason="no_time"), in_the_field(officer))
    assert case.timers[assists.LAPSE_TIMER] is not None
    assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("dan"))
    assert (case.timers[assists.LAPSE_TIMER], assist.status) == (None, "answered")
    again = assists.request(case, help_request(), CLERK)
    assists.withdraw(case, "不用了", CLERK)
    assert (case.timers[assists.LAPSE_TIMER], again.status) == (None, "withdrawn")
    assists.on_answer_due(case, again.answer_due_at)
    assert events_of(case, AssistLapsed) == []


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (CLERK, True),
        (person("unit_clerk", unit_id="housing"), False),
        (in_the_field("ann"), True),
        (person("officer", officer_id="other"), False),
        (person("grid_lead", officer_id="lead", areas=(COMMUNITY,)), True),
        (person("grid_lead", officer_id="lead", areas=("370522002001",)), False),
        (person("assessor"), True),
        (person("leader", areas=("370522002",)), False),
        (person("leader", unit_id="housing"), False),
    ],
)
def test_a_request_is_visible_to_the_unit_its_officers_and_those_in_charge_of_the_community(
    case: SupervisionCase, caller: Caller, sees: bool
) -> None:
    """These are the unit that asked, the officers who are asked and the centre of the community."""
    assert assists.may_see(assists.request(case, help_request(), CLERK), caller) is sees


def test_tracking_ignores_requests_for_help(case: SupervisionCase) -> None:
    assists.request(case, help_request(), CLERK)
    tracking_case = Case(UUID(int=7), Aggregate(), Summary(), service="tracking", now=NOON, district=None, cause="")
    add_event(tracking_case, case.emitted[0].event, case.emitted[0].envelope)
    assert tracking_case.state.new_events == []
