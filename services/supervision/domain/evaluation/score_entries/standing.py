"""Standing figures: how many cases and dispatches are pending, and how many of these are overdue, at a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from contracts.case_state import CaseState
from contracts.figures import CLOSING
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import ScoredClock
from services.supervision.domain.evaluation.score_entries.deadlines import overdue_fact
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.scorer import Scorer

_PENDING_FIGURES = {
    **dict.fromkeys(("reported", "settled", "verifying", "awaiting_filing"), "pending_filing"),
    "awaiting_dispatch": "pending_dispatch",
    **dict.fromkeys(("awaiting_signature", "handling", "return_requested", "suspended", "rework"), "pending_handling"),
    **dict.fromkeys(("awaiting_recheck", "rechecking", "awaiting_review"), "pending_closing"),
}
"""Status of a case → figure that counts the case as pending. In other statuses no work is pending."""

Standing = tuple[Subject, str, str]
"""Subject, figure and id of the counted object."""


def update_standing(scorer: Scorer, flow: CaseState, *, ended: bool) -> None:
    """Update the standing figures of the case; an ended case has none."""
    scorer.set_standing(
        set() if ended else {*_pending_case(scorer, flow), *_pending_dispatches(scorer), *_overdue(scorer, flow)}
    )


def _pending_case(scorer: Scorer, flow: CaseState) -> Iterator[Standing]:
    if (figure := _PENDING_FIGURES.get(flow.status)) is not None:
        yield scorer.street, figure, str(scorer.case_id)


def _pending_dispatches(scorer: Scorer) -> Iterator[Standing]:
    for dispatch_id, dispatch in scorer.scores.dispatches.items():
        if dispatch.unfinished and not dispatch.handover:
            yield facts.unit(dispatch.unit_id), "pending_handling", str(dispatch_id)


def _overdue(scorer: Scorer, flow: CaseState) -> Iterator[Standing]:
    """Yield the standing figures of cases and dispatches that are overdue now and not exempt.

    A dispatch can be overdue in its first handling or in its rework. A street counts a case once, however many of its
    dispatches are overdue. Source: 超期未处置, 超期未结案 of systems in use: pending, due before now, not exempt.
    """
    case = str(scorer.case_id)
    for clock_id, clock in scorer.scores.clocks.items():
        if (
            clock.red
            and clock.name == "case"
            and not clock.rework
            and scorer.counts(scorer.street, CLOSING.missed, case)
        ):
            yield scorer.street, "pending_closing_overdue", case
        if (late := _overdue_dispatch(scorer, clock_id, clock)) is not None:
            yield late
            if _PENDING_FIGURES.get(flow.status) == "pending_handling":
                yield scorer.street, "pending_handling_overdue", case


def _overdue_dispatch(scorer: Scorer, clock_id: UUID, clock: ScoredClock) -> Standing | None:
    """Return the standing figure of the dispatch of this handling clock; `None` unless it is overdue and counts."""
    dispatch = scorer.scores.dispatches.get(clock.dispatch_id) if clock.dispatch_id and clock.name == "handle" else None
    counted = overdue_fact(scorer, clock_id) if dispatch is not None and dispatch.unfinished else None
    if counted is None or not scorer.counts_key(counted):
        return None
    return Subject(counted.kind, counted.subject_id), "pending_handling_overdue", counted.about
