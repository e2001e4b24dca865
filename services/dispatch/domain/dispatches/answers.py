"""What units answer: take the order, hand it on inside the house, report, complete, ask for time.

Every function may be called again: in its resulting state it changes nothing and says nothing. What a unit writes about
a confidential matter is neither kept nor told on (`Matter.kept`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.common import Actor, Photo
from contracts.events.handling import (
    CoUnitReleased,
    ExtensionRequested,
    HandoverRefused,
    PhoneEntry,
    ProgressReported,
    SuspensionRequested,
    WorkAssigned,
    WorkCompleted,
    WorkOutcome,
)
from services.chassis import photo_roles
from services.dispatch.domain.dispatches import actions, handovers, lifecycle, upstream_platform
from services.dispatch.domain.dispatches.completion import complete_handling_if_done
from services.dispatch.domain.dispatches.problems import (
    ClerkMustConfirm,
    DispatchNotOpenForThis,
    DispatchUnknown,
    EvidenceMissing,
    ExtensionNotPossible,
    MilestoneUnknown,
    OnlyLeadReleases,
    OutcomeNotPossible,
    PhoneEntryNeeded,
    SuspensionNotPossible,
)
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, FiledCase

_NO_EVIDENCE: frozenset[WorkOutcome] = frozenset({"explained", "not_solvable"})
"""Nothing was done that a photo could show; a leader reviews these instead."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Who answers for the unit."""

    actor: Actor
    for_unit: bool
    """A dispatcher enters what the unit said by phone 补录."""
    confirms: bool = True
    """May confirm for the whole unit; a handler may not once the work was handed on."""

    def may_complete(self, dispatch: Dispatch) -> bool:
        """Whether the completion need not wait for the clerk's word."""
        return self.confirms or dispatch.crew is None


def _any_action(_: actions.Action) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class LockedDispatch:
    """One order of one locked case, ready to be answered."""

    case: DispatchedCase
    dispatch: Dispatch
    filed_case: FiledCase
    may: Callable[[actions.Action], bool] = _any_action
    """Whether the caller is one who does this: no refusal names anything else."""

    @property
    def possible(self) -> list[actions.Action]:
        """What the caller may do with the order now: every refusal says it."""
        return [each for each in self._open if self.may(each)]

    def require(self, action: actions.Action) -> None:
        """Raises `DispatchNotOpenForThis` with what is possible instead."""
        if action not in self._open:
            raise DispatchNotOpenForThis(self.dispatch.status, self.possible, dispatch=str(self.dispatch.id))

    @property
    def _open(self) -> tuple[actions.Action, ...]:
        case = self.case
        return actions.possible_actions(case.state, self.dispatch, case.now, case.district.settings)


def sign(
    target: LockedDispatch, responder: Responder, by_phone: PhoneEntry | None = None, accepted_by: str | None = None
) -> None:
    """Take the order. The former lead, if one still keeps the place safe, is free from now on."""
    if target.dispatch.signed_at is not None:
        return
    target.require("sign")
    if responder.for_unit and by_phone is None:
        raise PhoneEntryNeeded
    lifecycle.sign(target.case, target.dispatch, responder.actor, target.filed_case, by_phone, accepted_by)


def refuse_handover(
    target: LockedDispatch, responder: Responder, note: str, by_phone: PhoneEntry | None = None
) -> None:
    """An emergency service does not take what was handed over 移交: it stays ours. Once acknowledged, it is theirs."""
    dispatch = target.dispatch
    if dispatch.handoff is not None and dispatch.status == "returned":
        return
    target.require("refuse-handover")
    if responder.for_unit and by_phone is None:
        raise PhoneEntryNeeded
    dispatch.said = "returned"
    target.case.emit(
        HandoverRefused(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            role=dispatch.role,
            note=target.filed_case.storable_text(note),
            by_phone=by_phone,
            refused_by=responder.actor,
        )
    )
    complete_handling_if_done(target.case)


def assign_crew(target: LockedDispatch, responder: Responder, crew: str) -> None:
    """Hand the work on inside the unit 二级派遣."""
    if target.dispatch.crew == crew:
        return
    target.require("assign")
    _sign_if_unsigned(target, responder, accepted_by=crew)
    target.dispatch.crew = crew
    target.case.emit(
        WorkAssigned(
            dispatch_id=target.dispatch.id, unit_id=target.dispatch.unit_id, crew=crew, assigned_by=responder.actor
        )
    )


def revoke_crew(target: LockedDispatch, responder: Responder) -> None:
    """Take the work back from the crew."""
    if target.dispatch.crew is None and target.dispatch.open:
        return
    target.require("revoke")
    target.dispatch.crew = None
    target.case.emit(
        WorkAssigned(
            dispatch_id=target.dispatch.id, unit_id=target.dispatch.unit_id, crew=None, assigned_by=responder.actor
        )
    )


def report_progress(
    target: LockedDispatch, responder: Responder, note: str, milestone: str | None, photos: Sequence[Photo]
) -> None:
    """Say what has been done so far, and which milestone is reached. Of a hand-over that nobody has acknowledged it is
    recorded only: to be on the way is not yet to have it.
    """
    target.require("progress")
    names = [each.name for each in target.dispatch.milestones]
    if milestone is not None and milestone not in names:
        raise MilestoneUnknown(milestone=milestone, possible=names)
    if target.dispatch.said == "awaiting_signature" and target.dispatch.handoff is None:
        _sign_if_unsigned(target, responder)
    if milestone is not None:
        target.dispatch.reached.setdefault(milestone, target.case.now)
    photos = target.filed_case.storable_photos(photos)
    target.dispatch.photos += photos
    reported = ProgressReported(
        dispatch_id=target.dispatch.id,
        unit_id=target.dispatch.unit_id,
        note=target.filed_case.storable_text(note),
        milestone=milestone,
        photos=photos,
        reported_by=responder.actor,
    )
    target.case.emit(reported)
    handovers.forward_progress(target.case, reported)
    if not target.case.state.ended:
        upstream_platform.report_progress(target.case, "working", target.dispatch.unit_id, note)


def report_result(target: LockedDispatch, responder: Responder, note: str, accepted_by: str | None = None) -> None:
    """An emergency service says in the envelope how it ended, for which that has one word."""
    complete(target, responder, target.filed_case.result_outcome, note, (), accepted_by)


def complete(
    target: LockedDispatch,
    responder: Responder,
    outcome: WorkOutcome,
    note: str,
    photos: Sequence[Photo],
    accepted_by: str | None = None,
) -> None:
    """The unit's part is done; when it was the last part, the case is handled. `accepted_by`: of a hand-over that nobody has
    acknowledged before, who has it there.
    """
    if target.dispatch.status == "completed":
        return
    target.require("complete")
    if not responder.may_complete(target.dispatch):
        raise ClerkMustConfirm
    if outcome not in target.filed_case.outcomes:
        raise OutcomeNotPossible(outcome=outcome, possible=list(target.filed_case.outcomes))
    _require_evidence(target, outcome, photos)
    _sign_if_unsigned(target, responder, accepted_by)
    dispatch, note, photos = (
        target.dispatch,
        target.filed_case.storable_text(note),
        target.filed_case.storable_photos(photos),
    )
    dispatch.photos += photos
    dispatch.said, dispatch.completed_round = "completed", dispatch.rework_round
    dispatch.outcome, dispatch.note, dispatch.completed_at = outcome, note, target.case.now
    target.case.emit(
        WorkCompleted(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            role=dispatch.role,
            outcome=outcome,
            note=note,
            photos=photos,
            rework_round=dispatch.rework_round,
            completed_by=responder.actor,
        )
    )
    complete_handling_if_done(target.case)


def request_extension(target: LockedDispatch, responder: Responder, note: str) -> None:
    """Ask for one more original limit 延期: before it is overdue, twice° at most, never on an urgent limit."""
    dispatch = target.dispatch
    if dispatch.extension_requested_at is not None and dispatch.open:
        return
    why = actions.extension_obstacle(dispatch, target.case.now, target.case.district.settings)
    if why is not None and dispatch.status in actions.WORKING:
        raise ExtensionNotPossible(why=why.en, why_zh=why.zh, possible=target.possible)
    target.require("request-extension")
    dispatch.extension_requested_at = target.case.now
    target.case.emit(
        ExtensionRequested(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            note=target.filed_case.storable_text(note),
            requested_by=responder.actor,
        )
    )


def request_suspension(target: LockedDispatch, responder: Responder, until: datetime, note: str) -> None:
    """Ask to park the case 挂账 until a date, once°, at most a year° away."""
    dispatch = target.dispatch
    if dispatch.suspension_requested_until is not None and dispatch.open:
        return
    why = actions.suspension_obstacle(dispatch, target.case.district.settings)
    if why is not None and dispatch.status in actions.WORKING:
        raise SuspensionNotPossible(why=why.en, why_zh=why.zh, possible=target.possible)
    target.require("request-suspension")
    days = target.case.district.settings.suspension_days
    if not target.case.now < until <= target.case.now + timedelta(days=days):
        raise SuspensionNotPossible(
            why=f"the date must lie in the next {days} days",
            why_zh=f"日期须在今后 {days} 天之内",
            possible=target.possible,
        )
    dispatch.suspension_requested_until = until
    target.case.emit(
        SuspensionRequested(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            until=until,
            note=target.filed_case.storable_text(note),
            requested_by=responder.actor,
        )
    )


def release_co_unit(target: LockedDispatch, responder: Responder, co: Dispatch | None, note: str) -> None:
    """The lead lets a co-unit go: nothing for it to do."""
    if target.dispatch.role != "lead":
        raise OnlyLeadReleases
    if co is None or co.role != "co":
        raise DispatchUnknown(dispatch=str(co.id) if co else "–")
    if co.status == "released":
        return
    target.require("release-co-unit")
    if not co.open:
        replace(target, dispatch=co).require("complete")
    note = target.filed_case.storable_text(note)
    event = CoUnitReleased(dispatch_id=co.id, unit_id=co.unit_id, note=note, released_by=responder.actor)
    lifecycle.release_co_unit(target.case, co, target.filed_case, event)
    complete_handling_if_done(target.case)


def _sign_if_unsigned(target: LockedDispatch, responder: Responder, accepted_by: str | None = None) -> None:
    """Whoever works on an order has taken it: nobody must press two buttons. `accepted_by`: of a hand-over, who has it there."""
    if target.dispatch.signed_at is None:
        named = accepted_by if target.dispatch.handoff is not None else None
        lifecycle.sign(target.case, target.dispatch, responder.actor, target.filed_case, accepted_by=named)


def _require_evidence(target: LockedDispatch, outcome: WorkOutcome, photos: Sequence[Photo]) -> None:
    """The lead proves it; what a co-unit adds is part of that. An emergency service is not commanded: its word is the result,
    and whoever of ours rechecks it brings the photos. What the reporter had sent proves nothing of the work.
    """
    if target.dispatch.role != "lead" or target.dispatch.handoff is not None or outcome in _NO_EVIDENCE:
        return
    told = {each.sha256 for each in target.filed_case.photos}
    brought = (each.role for each in (*target.dispatch.photos, *photos) if each.sha256 not in told)
    if missing := photo_roles.lacking(target.filed_case.evidence, brought):
        raise EvidenceMissing(missing)
