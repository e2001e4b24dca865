"""Counting: a figure rises when its fact is stated, and only then."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from contracts.evaluation import ExemptReason
from services.supervision.domain.facts import Fact, Strike, StrikeReason, Subject
from services.supervision.domain.state import SupervisionCase

DEADLINES = frozenset(
    {
        "task_due", "task_on_time", "sign_due", "signed_on_time", "handling_due", "completed_on_time", "overdue",
        "rework_overdue",
    }
)  # fmt: skip
"""Figures about being in time: an exempt case leaves numerator and denominator alike."""


def fact_id(case_id: UUID, subject: Subject, figure: str, about: object) -> UUID:
    """The key of a fact. `about` is the dispatch, clock, task or event that it is a count of."""
    return uuid5(case_id, f"{figure}/{subject.kind}/{subject.id}/{about}")


def count(case: SupervisionCase, subject: Subject, figure: str, about: object, at: datetime) -> None:
    """One more `figure` for the subject. The same fact stated again counts once; exercises never count.

    Of an exempt case nothing counts that is about being in time.
    """
    key = fact_id(case.id, subject, figure, about)
    if figure in DEADLINES and case.state.exempt_reason is not None:
        return
    if case.state.mode != "actual" or any(fact.id == key for fact in case.state.facts):
        return
    fact = Fact(id=key, kind=subject.kind, subject_id=subject.id, figure=figure, at=at)
    case.state.facts.append(fact)
    case.state.changes.facts.append(fact)


def strike(case: SupervisionCase, subject: Subject, figure: str, about: object, reason: StrikeReason) -> None:
    """A fact that turned out untrue no longer counts."""
    _strike(case, {fact_id(case.id, subject, figure, about)}, reason)


def strike_all(case: SupervisionCase, reason: StrikeReason) -> None:
    """Nothing of this case counts."""
    _strike(case, {fact.id for fact in case.state.facts}, reason)


def exempt(case: SupervisionCase, reason: ExemptReason) -> None:
    """From now on nobody is counted as late here, nor as in time; that it ran over stays known (曾超时，不计)."""
    case.state.exempt_reason = reason
    _strike(case, {fact.id for fact in case.state.facts if fact.figure in DEADLINES}, "exempt")


def _strike(case: SupervisionCase, keys: set[UUID], reason: StrikeReason) -> None:
    struck = [fact for fact in case.state.facts if fact.id in keys]
    case.state.facts = [fact for fact in case.state.facts if fact.id not in keys]
    case.state.changes.strikes.extend(Strike(fact_id=fact.id, reason=reason) for fact in struck)
