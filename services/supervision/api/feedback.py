"""What reporters say after closing: by themselves with their token, or entered by whoever called them back."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.chassis.auth import Caller
from services.chassis.documenting import COMMAND, responses
from services.chassis.problems import NotAllowed
from services.chassis.web import Command, command, needs
from services.supervision.api.forms import FeedbackForm
from services.supervision.domain import access, commands, problems
from services.supervision.domain.state import SupervisionCase
from services.supervision.domain.views import View

router = APIRouter(prefix="/api/supervision/cases/{case_id}", tags=["feedback"])

CALL_BACK = ("hotline", "intake_clerk", "shift_lead", "assessor")
"""Who enters what a reporter said on the phone."""


class Thanks(View):
    """What was recorded, and what follows."""

    report_id: UUID
    solved: bool
    reopened: bool
    """The case is open again because of this answer."""


@router.post(
    "/feedback", response_model=Thanks,
    responses=responses(*COMMAND, problems.CaseUnknown, problems.ReportUnknown, problems.FeedbackNotOpen),
)  # fmt: skip
async def give(
    case_id: UUID, form: FeedbackForm, cmd: Command = Depends(command), caller: Caller = Depends(needs())
) -> Response:
    """Solved? Satisfied? The first reporter's "not solved" reopens the case once; any other goes to the shift lead."""
    report_id = _report_of(case_id, form, caller)

    def decide(cases: dict[UUID, SupervisionCase]) -> Thanks:
        case = cases[case_id]
        if caller.kind != "resident":
            access.require_case(case, caller)
        was_closed = case.state.flow.closed
        commands.voice(case, report_id, form.voice(), caller)
        reopened = was_closed and not case.state.flow.closed
        return Thanks(report_id=report_id, solved=form.solved, reopened=reopened)

    return await cmd.run([case_id], decide, versioned=False)


def _report_of(case_id: UUID, form: FeedbackForm, caller: Caller) -> UUID:
    """A resident speaks for the report of their token; the desk says whom it called back."""
    if caller.kind == "resident":
        if caller.case_id != str(case_id) or caller.report_id is None:
            raise problems.CaseUnknown(case=str(case_id))
        return UUID(caller.report_id)
    if not caller.has(*CALL_BACK):
        raise NotAllowed(roles=", ".join(CALL_BACK))
    if form.report_id is None:
        raise problems.ReportUnknown(report="–")
    return form.report_id
