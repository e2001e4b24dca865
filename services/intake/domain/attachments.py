"""Attachment of a report to its host, a case about the same problem; and links between related cases.

Attaching writes `case_attached` on the attached case and `report_joined` on its host, in one transaction. Attached
cases never form a chain: if a host is attached itself, its attached cases move to the new host, and return when that
former host is detached. If the reporter of a host withdraws, one of the attached cases becomes the new host.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.common import Actor
from contracts.events.acceptance import CaseAttached, CaseDetached, CaseLinked, Relation, ReportJoined, ReportLeft
from services.chassis.cases import Case, MoreCasesNeeded
from services.intake.domain import verification
from services.intake.domain.case import AttachedReport, IntakeCase, IntakeCases, Link, NamedLink, require_possible
from services.intake.domain.problems import CaseUnknown, HostUnsuitable, UnsuitableReason

Rule = Literal["same_component", "near_in_place_and_time", "by_hand", "merged", "polygon", "split_undone"]

_OPPOSITE: dict[Relation, Relation] = {
    "parent": "child",
    "child": "parent",
    "related": "related",
    "recurrence": "recurrence",
}


def attach(
    cases: IntakeCases, case: Case[IntakeCase], host_id: UUID, rule: Rule, decided_by: Actor, note: str = ""
) -> None:
    """Attach the case to another case, its host. A repeated call changes nothing.

    A closed host still accepts reports: their reporters are asked for feedback, too, and the answer "not solved"
    reopens the host. A confidential case is never attached and never a host, because the units of the two cases would
    learn of each other. Raises `MoreCasesNeeded` and `HostUnsuitable`.
    """
    state = case.state
    if state.attached_to == host_id:
        return
    host = _require_case(cases, host_id)
    followers = [_require_case(cases, joined.case_id) for joined in state.joined]
    if (why := _why_unsuitable(case, host)) is not None:
        follows = host.state.attached_to
        number = _require_case(cases, follows).state.received_report.case_number if follows is not None else ""
        raise HostUnsuitable(why, host.state.received_report.case_number, number)
    for follower in followers:
        _move_to_host(follower, case, host, rule, decided_by)
    state.status_before_attaching, state.moved_followers = state.status, [each.id for each in followers]
    _join_host(case, host, rule, decided_by, note)


def _why_unsuitable(case: Case[IntakeCase], host: Case[IntakeCase]) -> UnsuitableReason | None:
    """Return why the case cannot be attached to the case `host`; `None` if it can."""
    if host is case:
        return "same"
    if host.state.received_report.confidential or case.state.received_report.confidential:
        return "confidential"
    if not _have_same_mode(case, host):
        return "mode"
    if can_host(host.state):
        return None
    return "attached" if host.state.attached_to is not None else "ended"


def can_host(state: IntakeCase) -> bool:
    """Return whether reports can be attached to this case.

    It must be open, or closed after filing, and must not be attached itself.
    """
    return state.open or (state.status == "filed" and state.ended_at is not None)


def detach(cases: IntakeCases, case: Case[IntakeCase], note: str, decided_by: Actor) -> UUID:
    """Undo an attachment. Return the id of the host, the case that this case was attached to.

    Cases that moved to the host together with this case return to this case, if they are still attached to that host.
    The calling function must then continue this case from its former status.
    """
    require_possible(case, "detach")
    host_id, state = case.state.attached_to, case.state
    assert host_id is not None
    host, moved = _require_case(cases, host_id), [_require_case(cases, each) for each in state.moved_followers]
    _leave_host(case, host, decided_by, note)
    _restore_status(state)
    for follower in moved:
        if follower.state.attached_to == host_id:
            _move_to_host(follower, host, case, "by_hand", decided_by)
    return host_id


def promote_follower(cases: IntakeCases, case: Case[IntakeCase], decided_by: Actor) -> Case[IntakeCase] | None:
    """Detach all attached cases, make one of them the host of the others, and return this new host.

    Return `None` if no case is attached. The calling function must then continue the new host from its former status.
    """
    followers = [_require_case(cases, joined.case_id) for joined in case.state.joined]
    if not followers:
        return None
    new_host = next((each for each in followers if each.state.status_before_attaching == "filed"), followers[0])
    for follower in followers:
        _leave_host(follower, case, decided_by)
    _restore_status(new_host.state)
    for follower in followers:
        if follower is not new_host:
            _join_host(follower, new_host, "by_hand", decided_by)
    return new_host


def _restore_status(state: IntakeCase) -> None:
    state.status, state.status_before_attaching, state.moved_followers = state.status_before_attaching, "", []


def link(cases: IntakeCases, case: Case[IntakeCase], relation: Relation, other_id: UUID) -> None:
    """Link two cases. `relation` is the relation of the other case to this one. A repeated call changes nothing."""
    other = _require_case(cases, other_id)
    if other is case:
        raise HostUnsuitable("same", case.state.received_report.case_number)
    if not _have_same_mode(case, other):
        raise HostUnsuitable("mode", other.state.received_report.case_number)
    _add_link(case, relation, other)
    _add_link(other, _OPPOSITE[relation], case)


def link_named_case(cases: IntakeCases, case: Case[IntakeCase], named: NamedLink) -> None:
    """Link the other case that the sender of a hand-over named.

    Do nothing if one of the two is confidential, or one is an exercise and the other is not.
    """
    other = _require_case(cases, named.case_id)
    if _have_same_mode(case, other) and not (
        case.state.received_report.confidential or other.state.received_report.confidential
    ):
        link(cases, case, named.relation, named.case_id)


def _have_same_mode(case: Case[IntakeCase], other: Case[IntakeCase]) -> bool:
    """Return whether both cases are real, or both are the same kind of exercise or test."""
    return case.state.received_report.mode == other.state.received_report.mode


def _add_link(case: Case[IntakeCase], relation: Relation, other: Case[IntakeCase]) -> None:
    number = other.state.received_report.case_number
    if any(each.case_id == other.id and each.relation == relation for each in case.state.links):
        return
    case.state.links.append(Link(relation=relation, case_id=other.id, number=number))
    case.emit(CaseLinked(relation=relation, other_case_id=other.id, other_case_number=number))


def _join_host(case: Case[IntakeCase], host: Case[IntakeCase], rule: Rule, decided_by: Actor, note: str = "") -> None:
    report = case.state.received_report
    number = host.state.received_report.case_number
    # After an undone split both reports have the same reporter, who is asked for feedback only once.
    ask_reporter = rule != "split_undone"
    case.emit(
        CaseAttached(host_case_id=host.id, host_case_number=number, rule=rule, note=note or None, decided_by=decided_by)
    )
    host.emit(
        ReportJoined(
            report_id=report.report_id,
            attached_case_id=case.id,
            attached_case_number=report.case_number,
            channel=report.channel,
            reporter_officer_id=report.reported_by.officer_id,
            reporter_ref=report.reporter_ref if ask_reporter else None,
            feedback_wanted=report.feedback_wanted and ask_reporter,
            reported_at=report.reported_at,
            external=report.external,
        )
    )
    host.state.joined.append(
        AttachedReport(
            case_id=case.id, report_id=report.report_id, channel=report.channel, reported_by=report.reported_by
        )
    )
    verification.unassign_reporter(host)
    state = case.state
    state.status, state.attached_to, state.possible_duplicate_of = "attached", host.id, None
    state.task, state.missing, state.due_at = None, (), None


def _move_to_host(
    follower: Case[IntakeCase], former: Case[IntakeCase], host: Case[IntakeCase], rule: Rule, decided_by: Actor
) -> None:
    _leave_host(follower, former, decided_by)
    _join_host(follower, host, rule, decided_by)


def _leave_host(case: Case[IntakeCase], host: Case[IntakeCase], decided_by: Actor, note: str = "") -> None:
    report_id = case.state.received_report.report_id
    case.emit(CaseDetached(host_case_id=host.id, note=case.state.public_text(note), decided_by=decided_by))
    host.emit(ReportLeft(report_id=report_id, attached_case_id=case.id))
    host.state.joined = [each for each in host.state.joined if each.report_id != report_id]
    case.state.attached_to = None


def _require_case(cases: IntakeCases, case_id: UUID) -> Case[IntakeCase]:
    found = cases.get(case_id)
    if found is None:
        raise MoreCasesNeeded({case_id})
    if found.state.report is None:
        raise CaseUnknown(case=str(case_id))
    return found
