"""Feedback of reporters after closing.

Reporters answer with their token, or the intake desk enters the answer after a call-back.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.chassis.auth import Caller
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import NotAllowed
from services.chassis.web import Command, command, needs
from services.supervision.api.forms import CallBackForm, FeedbackForm
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, guards
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.view import View

router = APIRouter(prefix="/api/supervision/cases/{case_id}", tags=["feedback"])

CALL_BACK_ROLES = guards.ROLES["feedback"]
"""Roles that enter the result of a call-back."""


class FeedbackReceipt(View):
    """A recorded answer of a reporter."""

    report_id: UUID
    solved: bool
    reopened: bool
    """True if this answer reopened the case."""


@router.post(
    "/feedback",
    response_model=FeedbackReceipt,
    responses=responses(*COMMAND, problems.CaseUnknown, problems.ReportUnknown, problems.FeedbackNotOpen),
)
async def give_feedback(
    case_id: UUID, form: FeedbackForm, cmd: Command = Depends(command), caller: Caller = Depends(needs())
) -> Response:
    """Answer *solved?* and *satisfied?* for a closed case.

    "Not solved" from the first reporter reopens the case, as often as the district allows. After any other "not solved"
    the shift lead decides.
    """
    report_id, caller = _report_of(case_id, form, caller), caller.acting_as(*CALL_BACK_ROLES)

    def decide(cases: dict[UUID, SupervisionCase]) -> FeedbackReceipt:
        case = cases[case_id]
        if caller.kind != "resident":
            access.require_case(case, caller)
        was_closed = case.state.flow.closed
        case_actions.give_feedback(case, report_id, form.feedback_answer(), caller)
        reopened = was_closed and not case.state.flow.closed
        return FeedbackReceipt(report_id=report_id, solved=form.solved, reopened=reopened)

    return await cmd.run([case_id], decide, versioned=False)


class CallBackReceipt(View):
    """A recorded call-back that brought no answer."""

    report_id: UUID
    tries: int
    waiting: bool
    """True if the centre still waits for the reporter's answer."""


@router.post(
    "/call-backs",
    response_model=CallBackReceipt,
    responses=responses(*COMMAND, problems.CaseUnknown, problems.ReportUnknown, problems.FeedbackNotOpen),
)
async def record_failed_call(
    case_id: UUID,
    form: CallBackForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*CALL_BACK_ROLES)),
) -> Response:
    """Record a call-back 回访 that brought no answer.

    After the last allowed try, the centre no longer waits for an answer.
    """

    def decide(cases: dict[UUID, SupervisionCase]) -> CallBackReceipt:
        case = cases[case_id]
        access.require_case(case, caller)
        case_actions.record_failed_call(case, form.report_id, form.result, form.note, caller)
        report = case.state.reports[form.report_id]
        return CallBackReceipt(report_id=form.report_id, tries=report.tries, waiting=report.asked == "waiting")

    return await cmd.run([case_id], decide, versioned=False)


def _report_of(case_id: UUID, form: FeedbackForm, caller: Caller) -> UUID:
    """Return the report that a resident's token names, or the report that the intake desk names in the form."""
    if caller.kind == "resident":
        if caller.case_id != str(case_id) or caller.report_id is None:
            raise problems.CaseUnknown(case=str(case_id))
        return UUID(caller.report_id)
    if not caller.has(*CALL_BACK_ROLES):
        raise NotAllowed(roles=", ".join(CALL_BACK_ROLES))
    if form.report_id is None:
        raise problems.ReportUnknown(report="–")
    return form.report_id
