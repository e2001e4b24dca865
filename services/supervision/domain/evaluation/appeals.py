"""Appeals 考评申诉: a subject asks, once per case, that figures do not count against it; an assessor decides.

Figures of an upheld appeal are exempt: they no longer count. The case stays marked as overdue.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts import figures
from contracts.common import Actor
from contracts.events.evaluation import AppealDecided, AppealLodged
from contracts.figures import FIGURES
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems as refusals
from services.supervision.domain.evaluation.score_entries.facts import FactKey, Subject
from services.supervision.domain.evaluation.scored_case import with_scores
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import compute_deadline
from services.supervision.domain.primitives.task_state import Task
from services.supervision.domain.primitives.tasks import add_task, change_task

UNIT_APPEAL_ROLES = ("unit_clerk", "leader")
"""Roles that may appeal for the unit to which they belong."""


def own_subject(kind: figures.Subject, caller: Caller, district: RegistrySnapshot) -> Subject | None:
    """Return the subject of this kind that the caller is or represents; `None` if there is none.

    A leader whose areas contain a whole street represents the street. The leader of the county represents the subject
    that stands for the county and for cases without a known place: a street with the code of the district. A leader of
    only a part of a street represents nobody.
    """
    if kind == "unit":
        return Subject(kind, caller.unit_id) if caller.unit_id is not None else None
    if kind == "officer":
        return Subject(kind, caller.officer_id) if caller.officer_id is not None else None
    if caller.unit_id is not None or caller.kind != "account":
        return None
    if kind in ("street", "county"):
        area = _whole_area(caller, district)
        is_whole = area == district.settings.id or (kind == "street" and len(area) == _STREET_DIGITS)
        return Subject("street", area) if caller.has("leader") and is_whole else None
    if not caller.has(*_POST_ROLES[kind]):
        return None
    return Subject(kind, caller.id)


_STREET_DIGITS = 9
"""Number of digits in the code of a street."""


def _whole_area(caller: Caller, district: RegistrySnapshot) -> str:
    """Return the one area of the caller that contains all other areas of the caller.

    Return the district for a caller without areas, and an empty text if no area contains the others.
    """
    areas = caller.areas or (district.settings.id,)
    return next((each for each in areas if all(other.startswith(each) for other in areas)), "")


_POST_ROLES: dict[figures.Subject, tuple[str, ...]] = {
    "intake_clerk": ("intake_clerk", "hotline", "shift_lead"),
    "shift_lead": ("shift_lead",),
    "dispatcher": ("dispatcher", "shift_lead"),
}
"""Kind of subject that is a person of the centre → roles whose work is counted for that person."""


_APPEAL_ROLES: dict[figures.Subject, tuple[str, ...]] = {
    **_POST_ROLES,
    "unit": UNIT_APPEAL_ROLES,
    "street": ("leader",),
}
"""Kind of subject → roles that may appeal for a subject of this kind.

Officers are not listed, because they appeal for themselves.
"""


def appealable_figures(case: SupervisionCase, subject: Subject) -> tuple[str, ...]:
    """Return the figures that count this case against the subject now."""
    scores = with_scores(case.state).scores
    counting = {
        key.figure
        for text, fact in scores.facts.items()
        if fact.counts and (key := FactKey.parse(text))[:2] == subject and FIGURES[subject.kind][key.figure].adverse
    }
    return tuple(sorted(counting))


def lodge(case: SupervisionCase, subject: Subject, wanted: Sequence[str], text: str, caller: Caller) -> None:
    """Lodge an appeal against the `wanted` figures, or, if there are none, all that count against the subject.

    Raises `CaseUnknown`, `AppealedBefore`, `NothingToAppeal`.
    """
    state = case.state
    if not any(FactKey.parse(each)[:2] == subject for each in with_scores(state).scores.facts):
        raise refusals.CaseUnknown(case=str(case.id))
    appealable = appealable_figures(case, subject)
    chosen = tuple(sorted(set(wanted))) or appealable
    for earlier in with_scores(state).scores.appeals.values():
        if (earlier.kind, earlier.subject_id) == subject:
            if earlier.upheld is None and earlier.figures == chosen:
                return
            raise refusals.AppealedBefore
    if not chosen or not set(chosen) <= set(appealable):
        raise refusals.NothingToAppeal(possible=list(appealable))
    text = case.state.withhold(text)
    appeal_id = case.derive_id("appeal")
    limit = case.district.settings.stage_limits.review
    due_at, provisional = compute_deadline(case.now, limit, case.district.calendar)
    task = Task(
        kind="appeal",
        queue="assessor",
        created_at=case.now,
        due_at=due_at,
        provisional=provisional,
        reason=f"{subject.kind}/{subject.id}",
        unit_id=subject.id if subject.kind == "unit" else None,
        note=text,
        grid_code=state.filed_case.grid_code if state.filed_case else "",
        excluded=[caller.id, subject.id],
    )
    add_task(case, appeal_id, task)
    emit_event(
        case,
        AppealLodged(
            appeal_id=appeal_id,
            kind=subject.kind,
            subject_id=subject.id,
            figures=chosen,
            text=text,
            due_at=due_at,
            lodged_by=caller.acting_as(*_APPEAL_ROLES.get(subject.kind, ())).actor(),
        ),
    )


def decide(case: SupervisionCase, appeal_id: UUID, *, upheld: bool, note: str, by: Actor) -> None:
    """Record the assessor's decision about an appeal. The decision is final."""
    task = change_task(case, appeal_id)
    task.status, task.passed = "answered", upheld
    appeal = with_scores(case.state).scores.appeals[appeal_id]
    emit_event(
        case,
        AppealDecided.model_validate(
            {
                "appeal_id": appeal_id,
                "kind": appeal.kind,
                "subject_id": appeal.subject_id,
                "figures": appeal.figures,
                "upheld": upheld,
                "note": note,
                "decided_by": by,
            }
        ),
    )
