"""Answers of units to a dispatch.

A unit acknowledges the dispatch, assigns it to a crew, reports progress, completes its part, asks for more time, or
refuses a hand-over. An answer that would change nothing, such as a second acknowledgement, is ignored. Texts about a
confidential case are neither stored nor forwarded (`FiledCase.storable_text`).
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
"""Outcomes of the work that need no photo as evidence. A leader reviews a case with one of these outcomes."""


@dataclass(frozen=True, slots=True)
class Responder:
    """The person who answers a dispatch: somebody of the unit, or a dispatcher who enters a phone answer."""

    actor: Actor
    for_unit: bool
    """True if the person is a dispatcher who enters a phone answer of the unit 补录."""
    confirms: bool = True
    """True if the person may also complete a dispatch that was assigned to a crew."""

    def may_complete(self, dispatch: Dispatch) -> bool:
        """Return whether the person may complete the dispatch: always, unless a crew has it and `confirms` is False."""
        return self.confirms or dispatch.crew is None


def _any_action(_: actions.Action) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class LockedDispatch:
    """A dispatch of a locked case, ready for a command."""

    case: DispatchedCase
    dispatch: Dispatch
    filed_case: FiledCase
    may: Callable[[actions.Action], bool] = _any_action
    """Returns whether the caller may do an action. Errors name only actions for which it returns True."""

    @property
    def possible(self) -> list[actions.Action]:
        """Actions that the caller may do with the dispatch now. Errors name them as `possible`."""
        return [each for each in self._open if self.may(each)]

    def require(self, action: actions.Action) -> None:
        """Raise `DispatchNotOpenForThis` if the action is not possible now. The error names the possible actions."""
        if action not in self._open:
            raise DispatchNotOpenForThis(self.dispatch.status, self.possible, dispatch=str(self.dispatch.id))

    @property
    def _open(self) -> tuple[actions.Action, ...]:
        case = self.case
        return actions.possible_actions(case.state, self.dispatch, case.now, case.district.settings)


def sign(
    target: LockedDispatch, responder: Responder, by_phone: PhoneEntry | None = None, accepted_by: str | None = None
) -> None:
    """Acknowledge the dispatch 签收. Withdraw the dispatch of a former lead that kept the place safe until now.

    `accepted_by`: post of the emergency service that acknowledges a hand-over.
    """
    if target.dispatch.signed_at is not None:
        return
    target.require("sign")
    if responder.for_unit and by_phone is None:
        raise PhoneEntryNeeded
    lifecycle.sign(target.case, target.dispatch, responder.actor, target.filed_case, by_phone, accepted_by)


def refuse_handover(
    target: LockedDispatch, responder: Responder, note: str, by_phone: PhoneEntry | None = None
) -> None:
    """Refuse a hand-over 移交. The centre keeps the case. An acknowledged hand-over cannot be refused."""
    dispatch = target.dispatch
    if dispatch.handover is not None and dispatch.status == "returned":
        return
    target.require("refuse-handover")
    if responder.for_unit and by_phone is None:
        raise PhoneEntryNeeded
    dispatch.dispatch_status = "returned"
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
    """Assign the dispatch to a crew of the unit 二级派遣. This also acknowledges the dispatch."""
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
    """Take the dispatch back from the crew to which it was assigned. The unit keeps the dispatch."""
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
    """Report progress, and the milestone that was reached, if any. This also acknowledges the dispatch.

    It does not acknowledge a hand-over: an emergency service that is on its way has not taken over the case yet.
    """
    target.require("progress")
    names = [each.name for each in target.dispatch.milestones]
    if milestone is not None and milestone not in names:
        raise MilestoneUnknown(milestone=milestone, possible=names)
    if target.dispatch.dispatch_status == "awaiting_signature" and target.dispatch.handover is None:
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
    """Complete a dispatch because an emergency service sent a `Result`.

    The outcome is `solved`, or `handled` for a confidential case.
    """
    complete(target, responder, target.filed_case.result_outcome, note, (), accepted_by)


def complete(
    target: LockedDispatch,
    responder: Responder,
    outcome: WorkOutcome,
    note: str,
    photos: Sequence[Photo],
    accepted_by: str | None = None,
) -> None:
    """Complete the part of the unit. When all units have completed their parts, the case is handled.

    `accepted_by`: post of the emergency service, recorded if the hand-over was not acknowledged before.
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
    dispatch.dispatch_status, dispatch.completed_round = "completed", dispatch.rework_round
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
    """Ask for an extension 延期: the last milestone gets its original limit once more.

    The unit must ask before the limit ends. The settings limit the number of extensions.
    """
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
    """Ask to suspend the clocks of the dispatch 挂账 until the time `until`.

    The settings limit the number of suspensions and their length.
    """
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
    """Release the co-unit with the dispatch `co`, because it has nothing to do. `target`: the dispatch of the lead."""
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
    """Acknowledge the dispatch if it is not acknowledged, because working on it implies the acknowledgement.

    `accepted_by`: post of the emergency service; recorded for a hand-over only.
    """
    if target.dispatch.signed_at is None:
        named = accepted_by if target.dispatch.handover is not None else None
        lifecycle.sign(target.case, target.dispatch, responder.actor, target.filed_case, accepted_by=named)


def _require_evidence(target: LockedDispatch, outcome: WorkOutcome, photos: Sequence[Photo]) -> None:
    """Raise `EvidenceMissing` if a required photo is missing.

    Only the lead must bring photos. An emergency service need not bring any: the recheck takes them. Photos that came
    with the report do not count as evidence of the work.
    """
    if target.dispatch.role != "lead" or target.dispatch.handover is not None or outcome in _NO_EVIDENCE:
        return
    reported = {each.sha256 for each in target.filed_case.photos}
    evidence = (each.role for each in (*target.dispatch.photos, *photos) if each.sha256 not in reported)
    if missing := photo_roles.missing_roles(target.filed_case.evidence, evidence):
        raise EvidenceMissing(missing)
