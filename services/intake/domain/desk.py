"""Decisions of the desk 受理台 about a report."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from contracts.common import Actor, Place
from contracts.events.acceptance import CaseAnswered, Relation, SettlementRecorded, VerifyMode
from contracts.registry import FilingCondition
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import attachments, filing, verification
from services.intake.domain.case import IntakeCase, IntakeCases, require_possible
from services.intake.domain.components import require_matching_component
from services.intake.domain.problems import (
    KnowledgeUnknown,
    NotAnswerable,
    NotForConfidential,
    PlaceMissing,
    ReportsAttached,
)
from services.intake.domain.triage import ANSWERED_REQUESTS, DIRECT_CHANNELS, is_advice, is_emergency, proceed
from services.intake.domain.verifiers import OpenTasks


def file(
    case: Case[IntakeCase],
    condition: FilingCondition,
    place: Place | None,
    component_id: str | None,
    caller: Caller,
    open_tasks: OpenTasks,
) -> None:
    """File the case under this condition, or request the verification that the condition requires.

    A repeated call changes nothing. Filing a camera detection confirms the camera's frame. Filing a case with a
    suggested duplicate rejects the suggestion. Raises `NotPossibleNow`, `ComponentContradicts`, `PlaceMissing`,
    `NotAllowed` if the caller may not file, and `ReportsAttached` if the condition is confidential and the case has
    attached reports.
    """
    state = case.state
    if state.condition_id == condition.id and (state.status == "filed" or state.task is not None):
        return
    require_possible(case, "file")
    if state.joined and case.district.is_confidential(condition.category):
        raise ReportsAttached(count=len(state.joined))
    require_matching_component(condition.category, component_id, case.district)
    state.place, state.possible_duplicate_of = place or state.place, None
    state.category_id, state.condition_id, state.component_id = condition.category, condition.id, component_id
    if state.received_report.channel == "camera":
        state.frame_confirmed = True
    if _needs_verification(state, condition, case.district):
        if condition.verify_mode == "site" and state.place is None:
            raise PlaceMissing
        verification.request_verification(case, condition.verify_mode, open_tasks, by=caller.actor())
        return
    filing.file(case, condition, _require_filing_role(case, caller).actor())


def correct(
    case: Case[IntakeCase],
    condition: FilingCondition,
    place: Place | None,
    component_id: str | None,
    note: str,
    caller: Caller,
    *,
    moved: bool = False,
) -> None:
    """Correct a filed case 更正. Raises what `filing.correct` raises, and `NotAllowed`."""
    filing.correct(case, condition, place, component_id, note, _require_filing_role(case, caller).actor(), moved=moved)


def has_filing_role(state: IntakeCase, caller: Caller, district: RegistrySnapshot) -> bool:
    """Return whether the caller has a role that may file in this district.

    In an emergency, everybody at the desk may file.
    """
    return caller.has(*district.settings.filing_roles) or is_emergency(state, district)


def may_file(state: IntakeCase, caller: Caller, district: RegistrySnapshot) -> bool:
    """Return whether the caller may file the case under its present category, directly or after a verification."""
    known = district.conditions_of(state.category_id or "")
    chosen = [each for each in known if each.id == state.condition_id] or known
    return has_filing_role(state, caller, district) or any(
        _needs_verification(state, each, district) for each in chosen
    )


def _require_filing_role(case: Case[IntakeCase], caller: Caller) -> Caller:
    """Return the caller, acting in a role that may file. Raises `NotAllowed` if the caller has no such role."""
    roles = case.district.settings.filing_roles
    if not has_filing_role(case.state, caller, case.district):
        raise NotAllowed(roles=", ".join(roles))
    return caller.acting_as(*roles)


def _needs_verification(state: IntakeCase, condition: FilingCondition, district: RegistrySnapshot) -> bool:
    """Return whether the condition requires a verification and nobody has verified the case yet.

    A confidential case is never verified, because the officer must not learn what to look for. A camera detection
    counts as verified, because the person who files it has looked at the camera's frame.
    """
    first_hand = (
        state.received_report.channel in {*DIRECT_CHANNELS, "camera"} or state.frame_confirmed or state.verified
    )
    confidential = state.received_report.confidential or district.categories[condition.category].confidential
    return not (first_hand or confidential or condition.verify_mode == "none" or is_emergency(state, district))


def is_answerable(state: IntakeCase, district: RegistrySnapshot) -> bool:
    """Return whether the case can be closed with an answer alone."""
    return state.received_report.request_type in ANSWERED_REQUESTS or is_advice(state, district)


def verify(case: Case[IntakeCase], mode: VerifyMode, question: str, by: Actor, open_tasks: OpenTasks) -> None:
    """Request a verification, on site or by phone. A repeated call changes nothing.

    Raises `NotPossibleNow`, `PlaceMissing`, and `NotForConfidential` for a confidential case.
    """
    state = case.state
    if state.task is not None and state.task.mode == mode:
        return
    require_possible(case, "verify")
    if state.received_report.confidential:
        raise NotForConfidential
    if mode == "site" and state.place is None:
        raise PlaceMissing
    verification.request_verification(case, mode, open_tasks, question, by)


def answer(case: Case[IntakeCase], knowledge_id: str | None, text: str, answered_by: Actor) -> None:
    """Answer the report and close its case without a dispatch 直接办结.

    The answer is the clerk's own text or, without one, the text of an article of the knowledge base. Raises
    `NotPossibleNow`, `NotAnswerable` and `KnowledgeUnknown`.
    """
    state = case.state
    if state.status == "answered":
        return
    require_possible(case, "answer")
    if not is_answerable(state, case.district):
        raise NotAnswerable(possible=[each for each in state.possible if each != "answer"])
    if knowledge_id is not None:
        article = case.district.knowledge.get(knowledge_id)
        if article is None:
            raise KnowledgeUnknown(knowledge_id=knowledge_id)
        text = text or article.answer
    case.emit(CaseAnswered(answer=state.public_text(text), knowledge_id=knowledge_id, answered_by=answered_by))
    state.status, state.missing, state.due_at, state.possible_duplicate_of = "answered", (), None, None


def decide_settlement(case: Case[IntakeCase], approved: bool, note: str, decided_by: Actor) -> None:
    """Approve or refuse a settlement on the spot: an officer reported the problem and solved it at once.

    After a refusal, the case waits for filing.
    """
    state, report = case.state, case.state.received_report
    if state.settlement_approved is approved:
        return
    require_possible(case, "settlement")
    condition = case.district.conditions.get(state.condition_id or "")
    assert report.settlement is not None
    assert state.place is not None
    settings = case.district.settings
    case.emit(
        SettlementRecorded(
            approved=approved,
            note=state.public_text(note),
            sampled=approved and is_sampled(case.id, settings.sample_rate, settings.sample_seed),
            grid_code=state.place.grid_code,
            officer_id=report.reported_by.officer_id,
            outcome=report.settlement.outcome,
            recheck_mode="document" if report.settlement.outcome == "mediated" else "site",
            decided_by=decided_by,
        )
    )
    state.settlement_approved, state.due_at = approved, None
    if condition is None or not approved:
        state.verified = True
        filing.await_filing(case, decision=True, photo=False)


def is_sampled(case_id: UUID, rate: float, seed: str) -> bool:
    """Return whether the settlement belongs to the random sample that is rechecked.

    The result for one case is the same on every call.
    """
    return int.from_bytes(sha256(f"{seed}:{case_id}".encode()).digest()[:8], "big") < rate * 2**64


def attach(cases: IntakeCases, case: Case[IntakeCase], host_id: UUID, decided_by: Actor, note: str = "") -> None:
    """Attach the case to another case about the same problem, its host, as a person decided.

    If the case is filed, the two cases are merged, and dispatch withdraws the open dispatches of the attached case.
    """
    if case.state.attached_to == host_id:
        return
    require_possible(case, "attach")
    attachments.attach(cases, case, host_id, "merged" if case.state.status == "filed" else "by_hand", decided_by, note)


def detach(cases: IntakeCases, case: Case[IntakeCase], note: str, caller: Caller, open_tasks: OpenTasks) -> None:
    """Undo an attachment and continue the case.

    If the case is filed, routing and supervision restore its dispatches and clocks.
    """
    if case.state.report is not None and case.state.attached_to is None:
        return
    attachments.detach(cases, case, note, caller.actor())
    if case.state.status != "filed":
        proceed(case, open_tasks)


def withdraw(cases: IntakeCases, case: Case[IntakeCase], note: str, withdrawn_by: Actor, open_tasks: OpenTasks) -> None:
    """Withdraw the report before filing. A repeated call changes nothing.

    If other cases are attached to this one, one of them continues, and the others are attached to it.
    """
    if case.state.status == "withdrawn":
        return
    require_possible(case, "withdraw")
    new_host = attachments.promote_follower(cases, case, withdrawn_by)
    filing.withdraw(case, note, withdrawn_by)
    if new_host is not None and new_host.state.status != "filed":
        proceed(new_host, open_tasks)


def link(cases: IntakeCases, case: Case[IntakeCase], relation: Relation, other_id: UUID, open_tasks: OpenTasks) -> None:
    """Link two cases.

    If the other case is the suggested duplicate of this one, the link rejects the suggestion, and this case continues.
    """
    attachments.link(cases, case, relation, other_id)
    state = case.state
    if state.possible_duplicate_of == other_id:
        state.possible_duplicate_of = None
        if state.status == "awaiting_filing":
            proceed(case, open_tasks)
