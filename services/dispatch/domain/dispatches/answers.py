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
from services.dispatch.domain.dispatches.completion import conclude
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
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, Matter

_NO_EVIDENCE: frozenset[WorkOutcome] = frozenset({"explained", "not_solvable"})
"""Nothing was done that a photo could show; a leader reviews these instead."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers for the unit."""

    actor: Actor
    for_unit: bool
    """A dispatcher enters what the unit said by phone 补录."""
    confirms: bool = True
    """May confirm for the whole unit; a handler may not once the work was handed on."""

    def may_complete(self, dispatch: Dispatch) -> bool:
        """Whether the completion need not wait for the clerk's word."""
        return self.confirms or dispatch.crew is None


def _anything(_: actions.Action) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Answered:
    """One order of one locked case, ready to be answered."""

    case: DispatchedCase
    dispatch: Dispatch
    matter: Matter
    may: Callable[[actions.Action], bool] = _anything
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
        return actions.possible(case.state, self.dispatch, case.now, case.district.settings)


def sign(on: Answered, who: Answering, by_phone: PhoneEntry | None = None, accepted_by: str | None = None) -> None:
    """Take the order. The former lead, if one still keeps the place safe, is free from now on."""
    if on.dispatch.signed_at is not None:
        return
    on.require("sign")
    if who.for_unit and by_phone is None:
        raise PhoneEntryNeeded
    lifecycle.take(on.case, on.dispatch, who.actor, on.matter, by_phone, accepted_by)


def refuse_handover(on: Answered, who: Answering, note: str, by_phone: PhoneEntry | None = None) -> None:
    """An emergency service does not take what was handed over 移交: it stays ours. Once acknowledged, it is theirs."""
    dispatch = on.dispatch
    if dispatch.handoff is not None and dispatch.status == "returned":
        return
    on.require("refuse-handover")
    if who.for_unit and by_phone is None:
        raise PhoneEntryNeeded
    dispatch.said = "returned"
    on.case.emit(
        HandoverRefused(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            role=dispatch.role,
            note=on.matter.kept(note),
            by_phone=by_phone,
            refused_by=who.actor,
        )
    )
    conclude(on.case)


def assign(on: Answered, who: Answering, crew: str) -> None:
    """Hand the work on inside the unit 二级派遣."""
    if on.dispatch.crew == crew:
        return
    on.require("assign")
    _take(on, who, accepted_by=crew)
    on.dispatch.crew = crew
    on.case.emit(
        WorkAssigned(dispatch_id=on.dispatch.id, unit_id=on.dispatch.unit_id, crew=crew, assigned_by=who.actor)
    )


def revoke(on: Answered, who: Answering) -> None:
    """Take the work back from the crew."""
    if on.dispatch.crew is None and on.dispatch.open:
        return
    on.require("revoke")
    on.dispatch.crew = None
    on.case.emit(
        WorkAssigned(dispatch_id=on.dispatch.id, unit_id=on.dispatch.unit_id, crew=None, assigned_by=who.actor)
    )


def progress(on: Answered, who: Answering, note: str, milestone: str | None, photos: Sequence[Photo]) -> None:
    """Say what has been done so far, and which milestone is reached. Of a hand-over that nobody has acknowledged it is
    recorded only: to be on the way is not yet to have it.
    """
    on.require("progress")
    names = [each.name for each in on.dispatch.milestones]
    if milestone is not None and milestone not in names:
        raise MilestoneUnknown(milestone=milestone, possible=names)
    if on.dispatch.said == "awaiting_signature" and on.dispatch.handoff is None:
        _take(on, who)
    if milestone is not None:
        on.dispatch.reached.setdefault(milestone, on.case.now)
    photos = on.matter.shown(photos)
    on.dispatch.photos += photos
    reported = ProgressReported(
        dispatch_id=on.dispatch.id,
        unit_id=on.dispatch.unit_id,
        note=on.matter.kept(note),
        milestone=milestone,
        photos=photos,
        reported_by=who.actor,
    )
    on.case.emit(reported)
    handovers.progressed(on.case, reported)
    if not on.case.state.ended:
        upstream_platform.progressed(on.case, "working", on.dispatch.unit_id, note)


def result(on: Answered, who: Answering, note: str, accepted_by: str | None = None) -> None:
    """An emergency service says in the envelope how it ended, for which that has one word."""
    complete(on, who, on.matter.dealt_with, note, (), accepted_by)


def complete(
    on: Answered,
    who: Answering,
    outcome: WorkOutcome,
    note: str,
    photos: Sequence[Photo],
    accepted_by: str | None = None,
) -> None:
    """The unit's part is done; when it was the last part, the case is handled. `accepted_by`: of a hand-over that nobody has
    acknowledged before, who has it there.
    """
    if on.dispatch.status == "completed":
        return
    on.require("complete")
    if not who.may_complete(on.dispatch):
        raise ClerkMustConfirm
    if outcome not in on.matter.outcomes:
        raise OutcomeNotPossible(outcome=outcome, possible=list(on.matter.outcomes))
    _require_evidence(on, outcome, photos)
    _take(on, who, accepted_by)
    dispatch, note, photos = on.dispatch, on.matter.kept(note), on.matter.shown(photos)
    dispatch.photos += photos
    dispatch.said, dispatch.completed_round = "completed", dispatch.rework_round
    dispatch.outcome, dispatch.note, dispatch.completed_at = outcome, note, on.case.now
    on.case.emit(
        WorkCompleted(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            role=dispatch.role,
            outcome=outcome,
            note=note,
            photos=photos,
            rework_round=dispatch.rework_round,
            completed_by=who.actor,
        )
    )
    conclude(on.case)


def request_extension(on: Answered, who: Answering, note: str) -> None:
    """Ask for one more original limit 延期: before it is overdue, twice° at most, never on an urgent limit."""
    dispatch = on.dispatch
    if dispatch.extension_requested_at is not None and dispatch.open:
        return
    why = actions.why_no_extension(dispatch, on.case.now, on.case.district.settings)
    if why is not None and dispatch.status in actions.WORKING:
        raise ExtensionNotPossible(why=why.en, why_zh=why.zh, possible=on.possible)
    on.require("request-extension")
    dispatch.extension_requested_at = on.case.now
    on.case.emit(
        ExtensionRequested(
            dispatch_id=dispatch.id, unit_id=dispatch.unit_id, note=on.matter.kept(note), requested_by=who.actor
        )
    )


def request_suspension(on: Answered, who: Answering, until: datetime, note: str) -> None:
    """Ask to park the case 挂账 until a date, once°, at most a year° away."""
    dispatch = on.dispatch
    if dispatch.suspension_requested_until is not None and dispatch.open:
        return
    why = actions.why_no_suspension(dispatch, on.case.district.settings)
    if why is not None and dispatch.status in actions.WORKING:
        raise SuspensionNotPossible(why=why.en, why_zh=why.zh, possible=on.possible)
    on.require("request-suspension")
    days = on.case.district.settings.suspension_days
    if not on.case.now < until <= on.case.now + timedelta(days=days):
        raise SuspensionNotPossible(
            why=f"the date must lie in the next {days} days", why_zh=f"日期须在今后 {days} 天之内", possible=on.possible
        )
    dispatch.suspension_requested_until = until
    on.case.emit(
        SuspensionRequested(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            until=until,
            note=on.matter.kept(note),
            requested_by=who.actor,
        )
    )


def release_co_unit(on: Answered, who: Answering, co: Dispatch | None, note: str) -> None:
    """The lead lets a co-unit go: nothing for it to do."""
    if on.dispatch.role != "lead":
        raise OnlyLeadReleases
    if co is None or co.role != "co":
        raise DispatchUnknown(dispatch=str(co.id) if co else "–")
    if co.status == "released":
        return
    on.require("release-co-unit")
    if not co.open:
        replace(on, dispatch=co).require("complete")
    note = on.matter.kept(note)
    event = CoUnitReleased(dispatch_id=co.id, unit_id=co.unit_id, note=note, released_by=who.actor)
    lifecycle.release(on.case, co, on.matter, event)
    conclude(on.case)


def _take(on: Answered, who: Answering, accepted_by: str | None = None) -> None:
    """Whoever works on an order has taken it: nobody must press two buttons. `accepted_by`: of a hand-over, who has it there."""
    if on.dispatch.signed_at is None:
        named = accepted_by if on.dispatch.handoff is not None else None
        lifecycle.take(on.case, on.dispatch, who.actor, on.matter, accepted_by=named)


def _require_evidence(on: Answered, outcome: WorkOutcome, photos: Sequence[Photo]) -> None:
    """The lead proves it; what a co-unit adds is part of that. An emergency service is not commanded: its word is the result,
    and whoever of ours rechecks it brings the photos. What the reporter had sent proves nothing of the work.
    """
    if on.dispatch.role != "lead" or on.dispatch.handoff is not None or outcome in _NO_EVIDENCE:
        return
    told = {each.sha256 for each in on.matter.photos}
    brought = (each.role for each in (*on.dispatch.photos, *photos) if each.sha256 not in told)
    if missing := photo_roles.lacking(on.matter.evidence, brought):
        raise EvidenceMissing(missing)
