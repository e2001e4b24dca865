"""协助: only what the published list admits, only as much as it grants, and everybody may refuse."""

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
from tests.unit.supervision import town
from tests.unit.supervision.town import HOME, at, in_the_field, person

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
    plain = town.town()
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


def wish(**changes: Any) -> HelpRequest:
    asked = {"admission_id": "sorting", "community": COMMUNITY, "hours": 1, "due_at": NOON + timedelta(days=3)}
    return HelpRequest.model_validate({**asked, **changes})


def said(case: SupervisionCase, kind: type[Event]) -> list[Any]:
    return [each.event for each in case.emitted if isinstance(each.event, kind)]


def test_every_officer_of_the_community_gets_a_share_and_no_volunteer_does(case: SupervisionCase) -> None:
    assists.request(case, wish(), CLERK)
    (told,) = said(case, AssistRequested)
    assert told.officers == ("ann", "bo", "cai", "dan"), "the lane lead is a volunteer"
    assert (told.unit_id, told.admission_name, told.hours) == ("sanitation", "垃圾分类劝导", 1)


@pytest.mark.parametrize("item", ["anything", "others", "ended", "later"])
def test_what_is_not_on_the_units_list_that_day_cannot_be_asked(case: SupervisionCase, item: str) -> None:
    """No such item, another department's, no longer admitted, not yet admitted."""
    with pytest.raises(problems.NotOnTheList) as refused:
        assists.request(case, wish(admission_id=item), CLERK)
    assert refused.value.members["possible"] == ["sorting"]
    assert case.emitted == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"community": "370522001999"}, problems.CommunityUnknown),
        ({"due_at": NOON - timedelta(minutes=1)}, problems.DueInThePast),
    ],
)
def test_it_is_asked_of_a_place_we_have_and_for_a_time_that_comes(
    case: SupervisionCase, changes: dict[str, Any], problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        assists.request(case, wish(**changes), CLERK)


@pytest.mark.parametrize(("hours", "over"), [(2.9, False), (3.0, False), (3.1, True)])
def test_nobody_gives_more_hours_in_a_month_than_the_list_grants(hours: float, over: bool) -> None:
    found = {"ann": 1.0, "bo": hours}
    if not over:
        assists.require_within_grant(admission("sorting"), found)
        return
    with pytest.raises(problems.MoreThanGranted) as refused:
        assists.require_within_grant(admission("sorting"), found)
    assert (refused.value.members["granted"], refused.value.members["officers"]) == (3, ["bo"])


def test_done_counts_the_hours_it_took_and_refused_none(case: SupervisionCase) -> None:
    assists.request(case, wish(), CLERK)
    assists.answer(case, ShareAnswer(done=True, hours=0.5), in_the_field("ann"))
    found = assists.answer(case, ShareAnswer(done=False, reason="no_time"), in_the_field("bo"))
    assert {key: (share.status, share.hours) for key, share in found.shares.items() if key in ("ann", "bo", "cai")} == {
        "ann": ("done", 0.5),
        "bo": ("refused", 0.0),
        "cai": ("open", 1.0),
    }
    assert [(each.officer_id, each.done, each.reason) for each in said(case, AssistAnswered)] == [
        ("ann", True, None),
        ("bo", False, "no_time"),
    ]


def test_saying_it_twice_says_it_once_and_a_word_stays(case: SupervisionCase) -> None:
    assists.request(case, wish(), CLERK)
    for _ in range(2):
        assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("ann"))
    assert len(said(case, AssistAnswered)) == 1
    with pytest.raises(problems.ShareNotOpen):
        assists.answer(case, ShareAnswer(done=False, reason="unsafe"), in_the_field("ann"))


def test_a_share_that_was_taken_on_is_done_refused_or_lapses_like_any_other(case: SupervisionCase) -> None:
    """Accepting promises and ends nothing: a word on what became of it is waited for as before."""
    assist = assists.request(case, wish(), CLERK)
    for officer in ("ann", "ann", "bo", "cai"):
        assists.accept(case, in_the_field(officer))
    assert [each.officer_id for each in said(case, AssistAccepted)] == ["ann", "bo", "cai"]
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
    assert [each.officers for each in said(case, AssistLapsed)] == [("cai",)]
    assert {key: share.status for key, share in assist.shares.items()} == {
        "ann": "done",
        "bo": "refused",
        "cai": "lapsed",
        "dan": "refused",
    }


def test_who_was_not_asked_has_nothing_to_answer(case: SupervisionCase) -> None:
    assists.request(case, wish(), CLERK)
    for stranger in (in_the_field("lane"), person("officer"), CLERK):
        with pytest.raises(problems.AssistUnknown):
            assists.answer(case, ShareAnswer(done=True, hours=1), stranger)


def test_taken_back_what_nobody_did_burdens_nobody(case: SupervisionCase) -> None:
    assists.request(case, wish(), CLERK)
    assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("ann"))
    with pytest.raises(problems.AssistUnknown):
        assists.withdraw(case, "不用了", person("unit_clerk", unit_id="housing"))
    found = assists.withdraw(case, "不用了", CLERK)
    assists.withdraw(case, "不用了", CLERK)
    assert sorted(share.hours for share in found.shares.values()) == [0, 0, 0, 1]
    assert len(said(case, AssistWithdrawn)) == 1


def test_what_nobody_answers_lapses_two_work_days_after_it_was_due(case: SupervisionCase) -> None:
    """A Friday noon leaves until Tuesday noon; what was answered stays, and what fell away burdens nobody."""
    assist = assists.request(case, wish(due_at=at("03-13 12:00")), CLERK)
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
    (told,) = said(case, AssistLapsed)
    assert (told.unit_id, told.officers, told.answer_due_at) == ("sanitation", ("bo", "cai", "dan"), at("03-17 12:00"))
    assert assist.status == "lapsed"
    with pytest.raises(problems.ShareNotOpen):
        assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("bo"))


def test_until_when_an_answer_is_waited_for_moves_with_the_calendar(
    case: SupervisionCase, district: RegistrySnapshot
) -> None:
    """Help asked for until New Year's Eve: two working days later, of a year that is announced while they wait."""
    assist = assists.request(case, wish(due_at=at("12-31 12:00")), CLERK)
    tuesday = at("12-31 12:00") + timedelta(days=5)
    assert (assist.answer_due_at, case.state.provisional, case.state.changes.clocks) == (tuesday, True, True)
    records = {kind: dict(found) for kind, found in district.records.items()}
    announced = town.town(town.ANNOUNCED, announced_years=(2027,)).records
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
    again = assists.request(case, wish(due_at=at("12-31 12:00")), CLERK)
    assists.withdraw(case, "不用了", CLERK)
    assert (again.provisional, case.state.provisional) == (False, False)


def test_once_everybody_has_answered_or_it_is_taken_back_nothing_lapses(case: SupervisionCase) -> None:
    assist = assists.request(case, wish(), CLERK)
    for officer in ("ann", "bo", "cai"):
        assists.answer(case, ShareAnswer(done=False, reason="no_time"), in_the_field(officer))
    assert case.timers[assists.LAPSE_TIMER] is not None
    assists.answer(case, ShareAnswer(done=True, hours=1), in_the_field("dan"))
    assert (case.timers[assists.LAPSE_TIMER], assist.status) == (None, "answered")
    again = assists.request(case, wish(), CLERK)
    assists.withdraw(case, "不用了", CLERK)
    assert (case.timers[assists.LAPSE_TIMER], again.status) == (None, "withdrawn")
    assists.on_answer_due(case, again.answer_due_at)
    assert said(case, AssistLapsed) == []


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (CLERK, True),
        (person("unit_clerk", unit_id="housing"), False),
        (in_the_field("ann"), True),
        (person("officer", officer_id="stranger"), False),
        (person("grid_lead", officer_id="lead", areas=(COMMUNITY,)), True),
        (person("grid_lead", officer_id="lead", areas=("370522002001",)), False),
        (person("assessor"), True),
        (person("leader", areas=("370522002",)), False),
        (person("leader", unit_id="housing"), False),
    ],
)
def test_who_sees_a_request(case: SupervisionCase, caller: Caller, sees: bool) -> None:
    """Who asked, who is asked, and who looks after the community."""
    assert assists.may_see(assists.request(case, wish(), CLERK), caller) is sees


def test_a_request_is_no_case_to_whoever_follows_cases(case: SupervisionCase) -> None:
    assists.request(case, wish(), CLERK)
    heard = Case(UUID(int=7), Aggregate(), Summary(), service="tracking", now=NOON, district=None, cause="")
    add_event(heard, case.emitted[0].event, case.emitted[0].envelope)
    assert heard.state.new_events == []
