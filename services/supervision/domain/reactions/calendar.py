"""Reaction to a newly announced calendar."""

from __future__ import annotations

from services.supervision.domain.evaluation import first_contact
from services.supervision.domain.policies import answer_deadlines, assists
from services.supervision.domain.primitives import clocks, feedback_questions
from services.supervision.domain.primitives.case import SupervisionCase


def recompute_deadlines(case: SupervisionCase) -> None:
    """Compute every provisional deadline of the case again with the calendar in force."""
    clocks.recompute_deadlines(case)
    feedback_questions.recompute_deadlines(case)
    assists.recompute_deadlines(case)
    answer_deadlines.recompute_deadlines(case)
    first_contact.recompute_deadline(case)
    case.state.changes.clocks = True
