"""HTTP API to return orders to the upstream platform, and to record the platform's decision."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StrictBool

from contracts.events.acceptance.upstream import UpstreamReason
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import NotAllowed, NotPossibleNow
from services.chassis.web import Command, command, needs
from services.intake.api.desk import SHIFT_LEAD, decide_on
from services.intake.domain import problems, upstream
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.submission import Form, MaskedText
from services.intake.domain.upstream import is_upstream_key
from services.intake.domain.views import CaseView

router = APIRouter(prefix="/api/intake", tags=["upstream"])


class SendBackForm(Form):
    """Why the order is returned to the upstream platform."""

    reason: UpstreamReason
    note: MaskedText = Field(min_length=1, max_length=500)


class UpstreamDecision(Form):
    """The decision of the upstream platform about a returned order."""

    accepted: StrictBool
    """True: the platform takes the order back. False: the district must act."""
    note: MaskedText = Field(default="", max_length=500)


async def _decider(request: Request) -> Caller:
    """Dependency: the API key of the upstream platform, or the shift lead, who enters a decision made by phone."""
    caller = await needs()(request)
    if not (is_upstream_key(caller) or caller.has("shift_lead")):
        raise NotAllowed(roles="shift_lead")
    return caller.acting_as("shift_lead")


_decider.roles = ("shift_lead",)  # type: ignore[attr-defined]


@router.post(
    "/cases/{case}/return-upstream",
    response_model=CaseView,
    responses=responses(*COMMAND, problems.CaseUnknown, NotPossibleNow, problems.NotFromUpstream),
)
async def return_upstream(
    case: str, form: SendBackForm, cmd: Command = Depends(command), caller: Caller = Depends(SHIFT_LEAD)
) -> Response:
    """Return an order that is not ours to the upstream platform 退回上级.

    The platform receives `report.returned_upstream` and decides.
    """
    return await decide_on(
        case, cmd, caller, lambda found, _: upstream.send_back(found, form.reason, form.note, caller.actor())
    )


@router.post(
    "/cases/{case}/upstream-decision",
    response_model=CaseView,
    responses=responses(*COMMAND, problems.CaseUnknown, NotPossibleNow),
)
async def upstream_decision(
    case: str, form: UpstreamDecision, cmd: Command = Depends(command), caller: Caller = Depends(_decider)
) -> Response:
    """Record the platform's decision about a returned order.

    The platform sends the decision with its own API key, or the shift lead enters it.
    """

    def decide(found: Case[IntakeCase], _: IntakeCases) -> None:
        upstream.require_decider(found, caller)
        upstream.record_decision(found, form.accepted, form.note, caller.actor())

    return await decide_on(case, cmd, caller, decide)
