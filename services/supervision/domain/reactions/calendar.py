"""The reaction to a newly announced calendar: every provisional deadline of a case is computed again."""

from __future__ import annotations

from services.supervision.domain.evaluation import first_contact
from services.supervision.domain.policies import answer_deadlines, assists
from services.supervision.domain.primitives import clocks, feedback_questions
from services.supervision.domain.primitives.case import SupervisionCase


def recalendar(case: SupervisionCase) -> None:
    """Compute every provisional deadline of the case again with the calendar now in force."""
    clocks.recalendar(case)
    feedback_questions.recalendar(case)
    assists.recalendar(case)
    answer_deadlines.recalendar(case)
    first_contact.recalendar(case)
    case.state.changes.clocks = True
