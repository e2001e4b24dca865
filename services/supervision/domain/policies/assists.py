"""Requests for help 协助: a department asks for help, and each officer of the community does a part or refuses it.

A department can request only items of the published admission list, up to the monthly hours that the item grants for
each officer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import BaseModel

from contracts.clocks import deadline
from contracts.events.supervision.assistance import (
    AssistAccepted,
    AssistAnswered,
    AssistLapsed,
    AssistRefusal,
    AssistRequested,
    AssistWithdrawn,
)
from contracts.registry import Admission, Limit
from contracts.roles import FIELD_WORK_ROLES
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.primitives.assist import WAITING, Assist, Share, ShareStatus
from services.supervision.domain.primitives.case import SupervisionCase

LAPSE_TIMER = "assist"
"""Name of the timer of a request for help. The timer lets parts lapse that are not reported as done or refused."""


class HelpRequest(BaseModel):
    """A department's request for help."""

    admission_id: str
    community: str
    hours: float
    due_at: datetime
    note: str = ""


class ShareAnswer(BaseModel):
    """An officer's answer: the officer's part of the request is done or refused."""

    done: bool
    hours: float = 0
    reason: AssistRefusal | None = None
    note: str = ""


def request(case: SupervisionCase, wanted: HelpRequest, caller: Caller) -> Assist:
    """Create a request for help. Raises `NotOnTheList`, `CommunityUnknown`, `DueInThePast`, `NobodyToHelp`."""
    district = case.district
    admission = admission_for(district, wanted.admission_id, caller.unit_id, _day(wanted.due_at, district))
    if wanted.community not in district.communities:
        raise problems.CommunityUnknown(community=wanted.community)
    if wanted.due_at <= case.now:
        raise problems.DueInThePast
    officers = helpers(district, wanted.community)
    if not officers:
        raise problems.NobodyToHelp(community=wanted.community)
    assist = Assist(
        admission_id=admission.id,
        unit_id=admission.unit,
        community=wanted.community,
        asked_at=case.now,
        due_at=wanted.due_at,
        answer_due_at=wanted.due_at,
        note=wanted.note,
        shares={each: Share(hours=wanted.hours) for each in officers},
    )
    case.state.assist = assist
    _set_answer_deadline(case, assist, district.settings.stage_limits.assist_answer)
    case.emit(
        AssistRequested(
            admission_id=admission.id,
            admission_name=admission.name,
            admission_name_en=admission.name_en,
            unit_id=admission.unit,
            community=wanted.community,
            officers=officers,
            hours=wanted.hours,
            due_at=wanted.due_at,
            note=wanted.note,
            requested_by=caller.actor(),
        )
    )
    return assist


def accept(case: SupervisionCase, caller: Caller) -> Assist:
    """Accept the caller's part of a request.

    Accepting again changes nothing. Raises `AssistUnknown`, `ShareNotOpen`.
    """
    assist, officer_id, share = _own_share(case, caller)
    if share.status == "accepted":
        return assist
    if share.status != "open":
        raise _not_open(share)
    share.status, share.accepted_at = "accepted", case.now
    case.emit(AssistAccepted(officer_id=officer_id, accepted_by=caller.actor()))
    return assist


def answer(case: SupervisionCase, share_answer: ShareAnswer, caller: Caller) -> Assist:
    """Report the caller's part of a request as done or refused. Repeating the same report changes nothing.

    Raises `AssistUnknown`, `ShareNotOpen`.
    """
    assist, officer_id, share = _own_share(case, caller)
    status: ShareStatus = "done" if share_answer.done else "refused"
    if share.status == status:
        return assist
    if share.status not in WAITING:
        raise _not_open(share)
    spent = share_answer.hours if share_answer.done else 0.0
    share.status, share.hours, share.answered_at = status, spent, case.now
    if not assist.waiting_shares:
        _clear_answer_deadline(case)
    case.emit(
        AssistAnswered(
            officer_id=officer_id,
            done=share_answer.done,
            hours=spent,
            reason=None if share_answer.done else share_answer.reason,
            note=share_answer.note,
            answered_by=caller.actor(),
        )
    )
    return assist


def withdraw(case: SupervisionCase, note: str, caller: Caller) -> Assist:
    """Withdraw the parts of a request that are not reported as done or refused.

    Withdrawing again changes nothing. Raises `AssistUnknown`.
    """
    assist = _assist_of(case)
    if caller.unit_id != assist.unit_id:
        raise problems.AssistUnknown(assist=str(case.id))
    waiting = assist.waiting_shares
    if not waiting:
        return assist
    for share in waiting.values():
        share.status, share.hours, share.answered_at = "withdrawn", 0.0, case.now
    _clear_answer_deadline(case)
    case.emit(AssistWithdrawn(note=note, withdrawn_by=caller.actor()))
    return assist


def on_answer_due(case: SupervisionCase, due_at: datetime) -> None:
    """Let the parts lapse that are not reported as done or refused. The hours of these parts become available again."""
    assist = case.state.assist
    waiting = assist.waiting_shares if assist is not None else {}
    if assist is None or not waiting:
        return
    for share in waiting.values():
        share.status, share.hours = "lapsed", 0.0
    case.state.changes.clocks = True
    case.emit(AssistLapsed(unit_id=assist.unit_id, officers=tuple(waiting), answer_due_at=due_at))


def recompute_deadlines(case: SupervisionCase) -> None:
    """Compute the provisional answer deadline of a request again with the new calendar."""
    assist = case.state.assist
    if assist is not None and assist.provisional and assist.answer_limit is not None:
        _set_answer_deadline(case, assist, assist.answer_limit)


def _set_answer_deadline(case: SupervisionCase, assist: Assist, limit: Limit) -> None:
    """Set the answer deadline of a request: one `limit` after the requested work is due."""
    due = deadline(assist.due_at, limit, case.district.calendar)
    assist.answer_due_at, assist.answer_limit = due.due_at, limit if due.provisional else None
    case.set_timer(LAPSE_TIMER, due.due_at)
    case.state.changes.clocks = True


def _clear_answer_deadline(case: SupervisionCase) -> None:
    case.clear_timer(LAPSE_TIMER)
    case.state.changes.clocks = True


def admission_for(district: RegistrySnapshot, admission_id: str, unit_id: str | None, day: date) -> Admission:
    """Return the item of the admission list if it is valid on this day and belongs to this unit.

    Raises `NotOnTheList`.
    """
    valid = [
        each
        for each in district.admissions.values()
        if each.unit == unit_id and each.valid_from <= day and (each.valid_to is None or day < each.valid_to)
    ]
    for each in valid:
        if each.id == admission_id:
            return each
    raise problems.NotOnTheList(item=admission_id, possible=[each.id for each in valid])


def helpers(district: RegistrySnapshot, community: str) -> tuple[str, ...]:
    """Return the officers who are asked to help: those whose primary grid lies in the community.

    People with the role `lane_lead` or `helper` are volunteers and are never asked.
    """
    return tuple(
        each.id
        for each in district.officers.values()
        if each.role == "officer" and (each.primary_grid or "").startswith(community)
    )


def require_within_grant(admission: Admission, hours: Mapping[str, float]) -> None:
    """Raise `MoreThanGranted` if an officer exceeds the monthly hours of the item.

    `hours`: officer → hours in the month, including those of the new request.
    """
    exceeding = {officer: total for officer, total in hours.items() if total > admission.hours_per_month + _ROUNDING}
    if exceeding:
        raise problems.MoreThanGranted(
            granted=admission.hours_per_month, asked=max(exceeding.values()), officers=sorted(exceeding)
        )


_ROUNDING = 1e-9


def may_see(assist: Assist, caller: Caller) -> bool:
    """Return True if the caller belongs to the requesting department, was asked to help or oversees the community."""
    if caller.unit_id is not None:
        return caller.unit_id == assist.unit_id
    if caller.officer_id in assist.shares:
        return True
    return (
        caller.has(*FIELD_WORK_ROLES)
        and caller.covers(assist.community)
        and bool(caller.areas or not caller.officer_id)
    )


def _own_share(case: SupervisionCase, caller: Caller) -> tuple[Assist, str, Share]:
    """Return the request, the caller's officer id and the caller's part. Raises `AssistUnknown`."""
    assist, officer_id = _assist_of(case), caller.officer_id or ""
    share = assist.shares.get(officer_id)
    if share is None:
        raise problems.AssistUnknown(assist=str(case.id))
    return assist, officer_id, share


def _not_open(share: Share) -> problems.ShareNotOpen:
    zh, en = _STATUS_WORDS[share.status]
    return problems.ShareNotOpen(status=zh, status_en=en)


_STATUS_WORDS: dict[ShareStatus, tuple[str, str]] = {
    "open": ("待答复", "open"),
    "accepted": ("已接受", "accepted"),
    "done": ("已办", "done"),
    "refused": ("不办", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
    "lapsed": ("逾期未答复", "lapsed"),
}


def _assist_of(case: SupervisionCase) -> Assist:
    if case.state.assist is None:
        raise problems.AssistUnknown(assist=str(case.id))
    return case.state.assist


def _day(moment: datetime, district: RegistrySnapshot) -> date:
    return moment.astimezone(district.zone).date()
