"""Routes of one case: read it, remind its units, issue a supervision order, close, reopen, appeal against figures."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.chassis.auth import Caller, acts_for_centre, is_not_resident
from services.chassis.cases import Aggregate, Case
from services.chassis.context import Context
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import NotPossibleNow
from services.chassis.web import Command, command, context, needs
from services.supervision.api.forms import AppealForm, CloseForm, NoteForm, OrderForm, ReplyForm, ReviewForm, UrgeForm
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, guards, task_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase
from services.supervision.domain.views import SupervisionView, case_view
from services.supervision.store import cases as store

router = APIRouter(prefix="/api/supervision/cases/{case_id}", tags=["supervision"])

_PROBLEMS = (*COMMAND, problems.CaseUnknown, NotPossibleNow)
_REFUSALS = responses(*_PROBLEMS)
_TO_UNITS = responses(*_PROBLEMS, problems.DispatchUnknown)
_OF_TASKS = responses(*_PROBLEMS, problems.TaskTaken, problems.TaskCancelled)


@router.get("", response_model=SupervisionView, responses=responses(*SIGNED_IN, problems.CaseUnknown))
async def read_case(
    case_id: UUID, ctx: Context = Depends(context), caller: Caller = Depends(needs(only=is_not_resident))
) -> SupervisionView:
    """Read the clocks, open tasks and notices of a case, and the actions that the caller can take now."""
    found = await store.load_state(ctx.database, case_id)
    if found is None or not access.may_see(found[1], caller, ctx.district):
        raise problems.CaseUnknown(case=str(case_id))
    version, state = found
    shown: SupervisionCase = Case[SupervisedCase](
        case_id,
        Aggregate(version=version),
        state,
        service=ctx.name,
        now=ctx.clock.now(),
        district=ctx.district,
        cause="",
    )
    return case_view(shown, caller)


@router.post("/urge", response_model=SupervisionView, responses=_TO_UNITS)
async def urge(
    case_id: UUID,
    form: UrgeForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*guards.ROLES["urge"], only=acts_for_centre)),
) -> Response:
    """Remind 催办 one unit of the case, or every unit that has an open dispatch."""
    return await _run(cmd, case_id, caller, lambda case: case_actions.urge(case, form.dispatch_id, form.text, caller))


@router.post("/order", response_model=SupervisionView, responses=_TO_UNITS)
async def issue_order(
    case_id: UUID,
    form: OrderForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*guards.ROLES["order"], only=acts_for_centre)),
) -> Response:
    """Issue a supervision order 督办, which needs a reply.

    The order for a coordinated unit goes to the authority above that unit.
    """
    return await _run(
        cmd,
        case_id,
        caller,
        lambda case: case_actions.issue_order(case, form.dispatch_id, form.kind, form.text, caller),
    )


@router.post(
    "/notices/{notice_id}/reply",
    response_model=SupervisionView,
    responses=responses(*COMMAND, problems.CaseUnknown, problems.OrderUnknown),
)
async def reply_to_notice(
    case_id: UUID,
    notice_id: UUID,
    form: ReplyForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("unit_clerk", "handler", "team_leader", "leader", "shift_lead", "dispatcher")),
) -> Response:
    """Reply to a supervision order, or to an overdue notice, which asks why the work is late."""
    return await _run(
        cmd, case_id, caller, lambda case: case_actions.reply_to_notice(case, notice_id, form.text, caller)
    )


@router.post("/close", response_model=SupervisionView, responses=responses(*_PROBLEMS, problems.NotIndependent))
async def close(
    case_id: UUID,
    form: CloseForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*guards.ROLES["close"], only=acts_for_centre)),
) -> Response:
    """Close 结案 the case by hand after all units have completed their work.

    A passed recheck closes a case automatically.
    """
    return await _run(cmd, case_id, caller, lambda case: case_actions.close(case, form.note, caller))


@router.post("/force-close", response_model=SupervisionView, responses=_REFUSALS)
async def force_close(
    case_id: UUID,
    form: NoteForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*guards.ROLES["force-close"], only=acts_for_centre)),
) -> Response:
    """Close 强制结案 the case by force although work is still open.

    The closing event records that the case was closed by force, and by whom.
    """
    return await _run(cmd, case_id, caller, lambda case: case_actions.force_close(case, form.note, caller))


@router.post("/reopen", response_model=SupervisionView, responses=_REFUSALS)
async def reopen(
    case_id: UUID,
    form: NoteForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*guards.ROLES["reopen"], only=acts_for_centre)),
) -> Response:
    """Reopen a closed case. The same unit handles it again within the original limit."""
    return await _run(cmd, case_id, caller, lambda case: case_actions.reopen(case, form.note, caller))


@router.post("/review", response_model=SupervisionView, responses=_OF_TASKS | responses(problems.NotIndependent))
async def review(
    case_id: UUID,
    form: ReviewForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*guards.ROLES["review"], only=acts_for_centre)),
) -> Response:
    """Review a case whose outcome is `explained` or `not_solvable`. Approval closes the case.

    Without approval, the case returns to the unit.
    """
    return await _run(cmd, case_id, caller, lambda case: task_actions.review(case, form.finding(), caller))


@router.post(
    "/appeals",
    response_model=SupervisionView,
    responses=responses(*COMMAND, problems.CaseUnknown, problems.AppealedBefore, problems.NothingToAppeal),
)
async def appeal(
    case_id: UUID,
    form: AppealForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(
        needs("officer", "grid_lead", "intake_clerk", "hotline", "shift_lead", "dispatcher", "unit_clerk", "leader")
    ),
) -> Response:
    """Appeal 申诉 against figures that count this case. The decision of the assessor is final."""
    subject = appeals.own_subject(form.kind, caller, cmd.district)
    if subject is None or (subject.kind == "unit" and not caller.has(*appeals.UNIT_APPEAL_ROLES)):
        raise problems.CaseUnknown(case=str(case_id))
    return await _run(cmd, case_id, caller, lambda case: appeals.lodge(case, subject, form.figures, form.text, caller))


async def _run(cmd: Command, case_id: UUID, caller: Caller, act: Callable[[SupervisionCase], None]) -> Response:
    def decide(cases: dict[UUID, SupervisionCase]) -> SupervisionView:
        act(cases[case_id])
        return case_view(cases[case_id], caller)

    return await cmd.run([case_id], decide)
