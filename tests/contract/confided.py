"""Lives in which everybody writes the same words wherever a person may write: of a plain case, and of a confidential
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from contracts.base import Event
from contracts.events import handling, supervision
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.command import HandoverTarget
from contracts.masking import WITHHELD
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import answers, returns
from services.intake.domain import desk as intake_desk
from services.intake.domain import filing, reporters, upstream
from services.intake.domain.case import IntakeCase
from services.routing.domain import first_response, handover, manual_decision
from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.policies import feedback
from tests.unit.dispatch import kit
from tests.unit.intake import kit as intake
from tests.unit.routing import desk as routing
from tests.unit.routing import town as list_town
from tests.unit.supervision import town
from tests.unit.supervision.life import Life

WORDS = "张三家三楼"
"""What somebody writes who knows more than may be told on."""

Said = tuple[list[Event], str]
"""The events of a life, and everything else that is kept or sent because of it."""


def lives(confidential: bool) -> Iterator[Said]:
    """Every life, in every service."""
    for case in _intake(confidential):
        yield [each.event for each in case.emitted], case.state.model_dump_json()
    for desk in _routing(confidential):
        yield desk.said, desk.state.model_dump_json()
    for house in _dispatch(confidential):
        told = [webhook.model_dump_json() for _, webhook in house.told]
        yield house.said, "\n".join([house.state.model_dump_json(), *told])
    for life in _supervision(confidential):
        yield life.said, life.state.model_dump_json()


# Intake: the desk and the reporter.

_CLERK, _LEAD = intake.CLERK.actor(), intake.SHIFT_LEAD.actor()
_ABOVE = Caller(kind="key", id="12345", channels=frozenset({"upstream"}))


def _intake(confidential: bool) -> Iterator[Case[IntakeCase]]:
    category = intake.SECRET if confidential else intake.LITTER

    def reported(caller: Caller = intake.CLERK, **fields: Any) -> Case[IntakeCase]:
        told = {"description": WORDS, "address": WORDS}
        given = {"category_id": category, "photos": None, **told, **fields}
        case = intake.report(caller, **given)
        filing.await_filing(case)
        return case

    def filed(**fields: Any) -> Case[IntakeCase]:
        case = reported(**fields)
        filing.file(case, filing.condition_of(category, None, case.district), _CLERK)
        return case

    yield reported(location=None, channel="hotline")
    yield intake.report(
        category_id=category,
        condition_id=filing.condition_of(category, None, intake.lijin()).id,
        photos=intake.BEFORE_AFTER,
        district=_settleable(),
        settlement={"what_was_done": WORDS},
    )
    case = reported()
    filing.not_file(case, "other", WORDS, _CLERK)
    yield case
    case = reported()
    reporters.record_contact(case, "phone", True, WORDS, _CLERK)
    filing.withdraw(case, WORDS, _CLERK)
    yield case
    case = reported(request_type="inquiry")
    intake_desk.answer(case, None, WORDS, _CLERK)
    yield case
    yield filed()
    case = filed(address=None)
    place = case.state.place
    assert place is not None
    condition = filing.condition_of(category, None, case.district)
    filing.correct(case, condition, place.model_copy(update={"address": WORDS}), None, WORDS, _CLERK, moved=True)
    filing.void(case, WORDS, _LEAD)
    yield case
    case = reported(_ABOVE, external={"channel_number": "12345", "number": "DY-1"})
    upstream.send_back(case, "outside_area", WORDS, _LEAD)
    upstream.record_decision(case, True, WORDS, _ABOVE.actor())
    yield case
    if not confidential:
        case = reported()
        reporters.add_information({case.id: case}, case, WORDS, (), _CLERK)
        yield case


def _settleable() -> RegistrySnapshot:
    """The sample district, where everything may be settled on the spot."""
    records = {kind: dict(found) for kind, found in intake.lijin().records.items()}
    known = records["condition"]
    records["condition"] = {key: each.model_copy(update={"settleable": True}) for key, each in known.items()}
    return RegistrySnapshot.from_records(1, records)


# Routing: the dispatcher.


def _routing(confidential: bool) -> Iterator[routing.Desk]:
    code = "15002" if confidential else "06010"
    about = {"confidential": confidential, "community": list_town.COMMUNITY} if confidential else {}
    known = (list_town.PLAN_PERSON, list_town.entry("a", code=code, lead="greens"))
    service = "police" if confidential else "fire"
    agencies = {each: list_town.unit(each, agency="110") for each in ("police", "fire")}

    def waiting() -> routing.Desk:
        return routing.Desk(list_town.town()).say(routing.filed(code, **about))

    yield waiting().do(manual_decision.decide_by_hand, "roads", (), WORDS, routing.STREET_DISPATCHER)
    yield waiting().do(manual_decision.send_back, "untrue", WORDS, routing.STREET_DISPATCHER)
    led = routing.Desk(list_town.town(*known, units=agencies)).say(routing.filed(code, **about)).dispatch_all()
    led.do(handover.hand_over, service, "joint", WORDS, None, routing.COUNTY_DISPATCHER).dispatch_all()
    yield led.do(first_response.send_ahead, "mobile", WORDS, WORDS, routing.STREET_DISPATCHER)


# Dispatch: units, emergency services, and the dispatcher about their orders.


def _dispatch(confidential: bool) -> Iterator[kit.House]:
    """What the other services said in a confidential case has no words: they are tried by themselves."""
    heard = WITHHELD if confidential else WORDS
    outcome = "handled" if confidential else "solved"

    def sent(*more: Any) -> kit.House:
        house = kit.dispatched(kit.to("sanitation"), *more, confidential=confidential, evidence=())
        return house.sign("sanitation")

    fire = kit.to("fire", "first_response", handover=HandoverTarget(agency="119"), instructions=heard)
    house = sent(fire, kit.to("housing", "co"))
    house.do("fire", lambda on: answers.refuse_handover(on, kit.UNIT, WORDS))
    house.do("sanitation", lambda on: answers.report_progress(on, kit.UNIT, WORDS, None, ()))
    house.do("sanitation", lambda on: answers.request_extension(on, kit.UNIT, WORDS))
    house.do("sanitation", lambda on: answers.request_suspension(on, kit.UNIT, on.case.now + timedelta(days=9), WORDS))
    house.do("sanitation", lambda on: answers.release_co_unit(on, kit.UNIT, on.case.state.dispatches[-1], WORDS))
    house.do("sanitation", lambda on: answers.complete(on, kit.UNIT, outcome, WORDS, ()))
    house.hear(supervision.CaseClosed(outcome="solved", closing_condition_met=True, note=heard, closed_by=kit.DESK))
    house.hear(supervision.CaseReopened(reason="by_hand", note=heard, reopened_by=kit.DESK))
    yield house
    house = sent(fire).sign("fire")
    house.do("sanitation", lambda on: returns.request_return(on, kit.UNIT, "not_our_function", WORDS, None))
    house.do("sanitation", lambda on: returns.refuse_return(on, kit.DESK, WORDS))
    house.hear(InformationAdded(report_id=kit.REPORT, text=heard, added_by=kit.DESK))
    house.do("sanitation", lambda on: returns.request_return(on, kit.UNIT, "not_our_function", WORDS, None))
    house.do("sanitation", lambda on: returns.accept_return(on, kit.DESK, WORDS))
    house.do("fire", lambda on: answers.report_result(on, kit.UNIT, WORDS))
    house.hear(
        supervision.CaseClosed(
            outcome="forced", closing_condition_met=False, forced=True, note=heard, closed_by=kit.DESK
        )
    )
    yield house


# Supervision: the centre, the unit, the reporter, and who appeals.

_UNIT = town.person("unit_clerk", unit_id="sanitation")
_SHIFT_LEAD, _DISPATCHER, _LEADER = (town.person(role) for role in ("shift_lead", "dispatcher", "leader"))
_MORNING = town.at("03-11 09:00")


def _supervision(confidential: bool) -> Iterator[Life]:
    outcome = "handled" if confidential else "solved"

    def sent() -> Life:
        life = Life(town.town())
        life.hear(town.received(_MORNING, confidential=confidential), at=_MORNING)
        life.hear(town.filed(_MORNING, confidential=confidential), town.dispatched(_MORNING), town.signed())
        return life

    def done(life: Life, round_: int = 0) -> None:
        life.hear(town.completed(outcome, round_=round_), town.all_completed(outcome, round_))
        if not life.flow.closed:
            life.act(case_actions.close, WORDS, _SHIFT_LEAD)

    life = sent()
    life.act(case_actions.urge, None, WORDS, _SHIFT_LEAD)
    life.act(case_actions.issue_order, None, "leader", WORDS, _LEADER)
    life.act(case_actions.reply_to_notice, life.told(supervision.SupervisionOrderIssued)[0].order_id, WORDS, _UNIT)
    about = {"dispatch_id": town.LEAD, "unit_id": "sanitation", "note": WITHHELD, "requested_by": town.DESK}
    life.hear(handling.ExtensionRequested.model_validate(about))
    life.answer(_DISPATCHER, passed=False, note=WORDS, kind="extension")
    life.hear(handling.SuspensionRequested.model_validate({**about, "until": town.at("04-11 09:00")}))
    life.answer(_DISPATCHER, passed=False, note=WORDS, kind="suspension")
    life.until(town.at("03-13 09:00"))
    late = next(key for key in life.state.notices if key in life.state.clocks)
    life.act(case_actions.reply_to_notice, late, WORDS, _UNIT)
    life.act(appeals.lodge, Subject("unit", "sanitation"), (), WORDS, _UNIT)
    life.answer(town.person("assessor"), passed=False, note=WORDS, kind="appeal")
    done(life)
    life.act(case_actions.record_failed_call, town.REPORT, "no_answer", WORDS, town.person("hotline"))
    no = feedback.FeedbackAnswer(solved=False, satisfied="dissatisfied", comment=WORDS)
    life.act(case_actions.give_feedback, town.REPORT, no, town.person("hotline"))
    done(life, 1)
    life.act(case_actions.give_feedback, town.REPORT, no, town.person("hotline"))
    life.answer(_SHIFT_LEAD, passed=True, note=WORDS, kind="attention")
    life.act(case_actions.reopen, WORDS, _SHIFT_LEAD)
    yield life
    life = sent()
    life.act(case_actions.force_close, WORDS, _LEADER)
    yield life
