"""Cases in which every free text that a person can write has the same words: an ordinary and a confidential case."""

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
from tests.unit.dispatch import case_driver as dispatch
from tests.unit.dispatch import sample_events as dispatch_events
from tests.unit.intake import sample_cases
from tests.unit.intake import sample_district as intake_district
from tests.unit.routing import case_driver as routing
from tests.unit.routing import sample_district as routing_district
from tests.unit.routing import sample_events as routing_events
from tests.unit.supervision import sample_district as supervision_district
from tests.unit.supervision import sample_events as supervision_events
from tests.unit.supervision.case_driver import CaseDriver

WORDS = "张三家三楼"
"""Free text with personal details that must not leave a confidential case."""

StatedText = tuple[list[Event], str]
"""The events of a case, and everything else that is stored or sent because of it."""


def free_text_cases(confidential: bool) -> Iterator[StatedText]:
    """Yield the cases of intake, routing, dispatch and supervision."""
    for case in _intake(confidential):
        yield [each.event for each in case.emitted], case.state.model_dump_json()
    for driver in _routing(confidential):
        yield driver.events, driver.state.model_dump_json()
    for driver in _dispatch(confidential):
        messages = [webhook.model_dump_json() for _, webhook in driver.webhooks]
        yield driver.events, "\n".join([driver.state.model_dump_json(), *messages])
    for driver in _supervision(confidential):
        yield driver.events, driver.state.model_dump_json()


# Intake: the desk and the reporter write.

_CLERK, _LEAD = intake_district.CLERK.actor(), intake_district.SHIFT_LEAD.actor()
_ABOVE = Caller(kind="key", id="12345", channels=frozenset({"upstream"}))


def _intake(confidential: bool) -> Iterator[Case[IntakeCase]]:
    category = intake_district.SECRET if confidential else intake_district.LITTER

    def reported(caller: Caller = intake_district.CLERK, **fields: Any) -> Case[IntakeCase]:
        texts = {"description": WORDS, "address": WORDS}
        given = {"category_id": category, "photos": None, **texts, **fields}
        case = sample_cases.reported_case(caller, **given)
        filing.await_filing(case)
        return case

    def filed(**fields: Any) -> Case[IntakeCase]:
        case = reported(**fields)
        filing.file(case, filing.condition_of(category, None, case.district), _CLERK)
        return case

    yield reported(location=None, channel="hotline")
    yield sample_cases.reported_case(
        category_id=category,
        condition_id=filing.condition_of(category, None, intake_district.lijin()).id,
        photos=sample_cases.BEFORE_AFTER,
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
    """Return the sample district with every condition open to settlement on the spot."""
    records = {kind: dict(found) for kind, found in intake_district.lijin().records.items()}
    known = records["condition"]
    records["condition"] = {key: each.model_copy(update={"settleable": True}) for key, each in known.items()}
    return RegistrySnapshot.from_records(1, records)


# Routing: the dispatcher writes.


def _routing(confidential: bool) -> Iterator[routing.CaseDriver]:
    code = "15002" if confidential else "06010"
    about = {"confidential": confidential, "community": routing_district.COMMUNITY} if confidential else {}
    known = (routing_district.PLAN_PERSON, routing_district.entry("a", code=code, lead="greens"))
    service = "police" if confidential else "fire"
    agencies = {each: routing_district.unit(each, agency="110") for each in ("police", "fire")}

    def waiting() -> routing.CaseDriver:
        return routing.CaseDriver(routing_district.make_district()).apply(routing_events.filed(code, **about))

    yield waiting().run(manual_decision.decide_by_hand, "roads", (), WORDS, routing.STREET_DISPATCHER)
    yield waiting().run(manual_decision.send_back, "untrue", WORDS, routing.STREET_DISPATCHER)
    led = (
        routing.CaseDriver(routing_district.make_district(*known, units=agencies))
        .apply(routing_events.filed(code, **about))
        .dispatch_all()
    )
    led.run(handover.hand_over, service, "joint", WORDS, None, routing.COUNTY_DISPATCHER).dispatch_all()
    yield led.run(first_response.send_ahead, "mobile", WORDS, WORDS, routing.STREET_DISPATCHER)


# Dispatch: units, emergency services and the dispatcher write.


def _dispatch(confidential: bool) -> Iterator[dispatch.CaseDriver]:
    """Yield cases of dispatch. In a confidential case the events of other services have redacted texts."""
    text = WITHHELD if confidential else WORDS
    outcome = "handled" if confidential else "solved"

    def sent(*more: Any) -> dispatch.CaseDriver:
        driver = dispatch.dispatched(
            dispatch_events.assignment("sanitation"), *more, confidential=confidential, evidence=()
        )
        return driver.sign("sanitation")

    fire = dispatch_events.assignment(
        "fire", "first_response", handover=HandoverTarget(agency="119"), instructions=text
    )
    driver = sent(fire, dispatch_events.assignment("housing", "co"))
    driver.run("fire", lambda on: answers.refuse_handover(on, dispatch.UNIT, WORDS))
    driver.run("sanitation", lambda on: answers.report_progress(on, dispatch.UNIT, WORDS, None, ()))
    driver.run("sanitation", lambda on: answers.request_extension(on, dispatch.UNIT, WORDS))
    driver.run(
        "sanitation", lambda on: answers.request_suspension(on, dispatch.UNIT, on.case.now + timedelta(days=9), WORDS)
    )
    driver.run("sanitation", lambda on: answers.release_co_unit(on, dispatch.UNIT, on.case.state.dispatches[-1], WORDS))
    driver.run("sanitation", lambda on: answers.complete(on, dispatch.UNIT, outcome, WORDS, ()))
    driver.apply(
        supervision.CaseClosed(outcome="solved", closing_condition_met=True, note=text, closed_by=dispatch_events.DESK)
    )
    driver.apply(supervision.CaseReopened(reason="by_hand", note=text, reopened_by=dispatch_events.DESK))
    yield driver
    driver = sent(fire).sign("fire")
    driver.run("sanitation", lambda on: returns.request_return(on, dispatch.UNIT, "not_our_function", WORDS, None))
    driver.run("sanitation", lambda on: returns.refuse_return(on, dispatch_events.DESK, WORDS))
    driver.apply(InformationAdded(report_id=dispatch_events.REPORT, text=text, added_by=dispatch_events.DESK))
    driver.run("sanitation", lambda on: returns.request_return(on, dispatch.UNIT, "not_our_function", WORDS, None))
    driver.run("sanitation", lambda on: returns.accept_return(on, dispatch_events.DESK, WORDS))
    driver.run("fire", lambda on: answers.report_result(on, dispatch.UNIT, WORDS))
    driver.apply(
        supervision.CaseClosed(
            outcome="forced", closing_condition_met=False, forced=True, note=text, closed_by=dispatch_events.DESK
        )
    )
    yield driver


# Supervision: the centre, the unit, the reporter and the appellant write.

_UNIT = supervision_district.person("unit_clerk", unit_id="sanitation")
_SHIFT_LEAD, _DISPATCHER, _LEADER = (
    supervision_district.person(role) for role in ("shift_lead", "dispatcher", "leader")
)
_MORNING = supervision_district.at("03-11 09:00")


def _supervision(confidential: bool) -> Iterator[CaseDriver]:
    outcome = "handled" if confidential else "solved"

    def sent() -> CaseDriver:
        driver = CaseDriver(supervision_district.make_district())
        driver.apply(supervision_events.received(_MORNING, confidential=confidential), at=_MORNING)
        driver.apply(
            supervision_events.filed(_MORNING, confidential=confidential),
            supervision_events.dispatched(_MORNING),
            supervision_events.signed(),
        )
        return driver

    def done(driver: CaseDriver, round_: int = 0) -> None:
        driver.apply(
            supervision_events.completed(outcome, round_=round_), supervision_events.all_completed(outcome, round_)
        )
        if not driver.flow.closed:
            driver.run(case_actions.close, WORDS, _SHIFT_LEAD)

    driver = sent()
    driver.run(case_actions.urge, None, WORDS, _SHIFT_LEAD)
    driver.run(case_actions.issue_order, None, "leader", WORDS, _LEADER)
    driver.run(
        case_actions.reply_to_notice, driver.events_of(supervision.SupervisionOrderIssued)[0].order_id, WORDS, _UNIT
    )
    about = {
        "dispatch_id": supervision_events.LEAD,
        "unit_id": "sanitation",
        "note": WITHHELD,
        "requested_by": supervision_district.DESK,
    }
    driver.apply(handling.ExtensionRequested.model_validate(about))
    driver.answer(_DISPATCHER, passed=False, note=WORDS, kind="extension")
    driver.apply(
        handling.SuspensionRequested.model_validate({**about, "until": supervision_district.at("04-11 09:00")})
    )
    driver.answer(_DISPATCHER, passed=False, note=WORDS, kind="suspension")
    driver.advance_to(supervision_district.at("03-13 09:00"))
    late = next(key for key in driver.state.notices if key in driver.state.clocks)
    driver.run(case_actions.reply_to_notice, late, WORDS, _UNIT)
    driver.run(appeals.lodge, Subject("unit", "sanitation"), (), WORDS, _UNIT)
    driver.answer(supervision_district.person("assessor"), passed=False, note=WORDS, kind="appeal")
    done(driver)
    driver.run(
        case_actions.record_failed_call,
        supervision_events.REPORT,
        "no_answer",
        WORDS,
        supervision_district.person("hotline"),
    )
    no = feedback.FeedbackAnswer(solved=False, satisfied="dissatisfied", comment=WORDS)
    driver.run(case_actions.give_feedback, supervision_events.REPORT, no, supervision_district.person("hotline"))
    done(driver, 1)
    driver.run(case_actions.give_feedback, supervision_events.REPORT, no, supervision_district.person("hotline"))
    driver.answer(_SHIFT_LEAD, passed=True, note=WORDS, kind="attention")
    driver.run(case_actions.reopen, WORDS, _SHIFT_LEAD)
    yield driver
    driver = sent()
    driver.run(case_actions.force_close, WORDS, _LEADER)
    yield driver
