"""HTTP API of additions and withdrawals by reporters, and of records of contact with reporters."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field, StrictBool

from contracts.events.acceptance.reporters import ContactMeans
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import NotPossibleNow, PhotosMissing
from services.chassis.web import Command, command, needs
from services.intake.api.uploads import resolve_photos
from services.intake.domain import desk, problems, reporters
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.photos import NamedPhoto
from services.intake.domain.possible_actions import Viewer, limit_offered_actions
from services.intake.domain.submission import Form, MaskedText
from services.intake.domain.views import CaseView, ReporterView, reporter_view, view
from services.intake.store import searches

router = APIRouter(prefix="/api/intake", tags=["reporters"])


class AdditionForm(Form):
    """Text and photos to add to a report."""

    text: MaskedText = Field(min_length=1, max_length=1000)
    photos: tuple[NamedPhoto, ...] = Field(default=(), max_length=9)


class WithdrawalForm(Form):
    """Why the report is withdrawn."""

    note: MaskedText = Field(default="", max_length=500)


class ContactForm(Form):
    """An attempt to contact the reporter: how it was made, and whether the reporter was reached."""

    means: ContactMeans = "phone"
    reached: StrictBool
    note: MaskedText = Field(default="", max_length=500)


_CHANGED = responses(*COMMAND, problems.CaseUnknown, NotPossibleNow)


@router.post(
    "/reports/{report_id}/additions",
    response_model=CaseView | ReporterView,
    responses=_CHANGED | responses(PhotosMissing, problems.ConfidentialNotAmended),
)
async def add(
    report_id: UUID,
    form: AdditionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs()),
) -> Response:
    """Add text and photos to a report whose case has not ended 补充信息.

    The units that handle the case, or the case that the report is attached to, are informed.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    photos = await resolve_photos(cmd.database, caller, form.photos)

    def decide(cases: IntakeCases) -> CaseView | ReporterView:
        case = cases[report_id]
        reporters.require_sender_or_desk(case, caller)
        with limit_offered_actions(case, caller):
            reporters.add_information(cases, case, form.text, photos, caller.actor())
        return _shown(case, caller)

    return await cmd.run([report_id], decide)


def _shown(case: Case[IntakeCase], caller: Caller) -> CaseView | ReporterView:
    """Return the view of the report for this caller."""
    if caller.kind == "resident":
        return reporter_view(case.id, case.state, case.version, Viewer(caller, case.now, case.district))
    return view(case, caller)


@router.post("/reports/{report_id}/withdraw", response_model=CaseView | ReporterView, responses=_CHANGED)
async def withdraw(
    report_id: UUID, form: WithdrawalForm, cmd: Command = Depends(command), caller: Caller = Depends(needs())
) -> Response:
    """Withdraw a report that has not been filed yet."""
    tasks = await searches.open_task_counts(cmd.database)

    def decide(cases: IntakeCases) -> CaseView | ReporterView:
        case = cases[report_id]
        reporters.require_sender_or_desk(case, caller)
        with limit_offered_actions(case, caller):
            desk.withdraw(cases, case, form.note, caller.actor(), tasks)
        return _shown(case, caller)

    return await cmd.run([report_id], decide)


@router.post(
    "/reports/{report_id}/contact",
    status_code=204,
    responses=_CHANGED | responses(problems.NoReporter, problems.CaseUnknown),
)
async def contact(
    report_id: UUID,
    form: ContactForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("intake_clerk", "shift_lead", "hotline", "unit_clerk", "handler")),
) -> Response:
    """Record an attempt to contact the reporter 联系群众, successful or not.

    The first successful attempt counts for the response rate 响应率.
    """

    def decide(cases: IntakeCases) -> None:
        case = cases[report_id]
        reporters.require_contact_access(case, caller)
        reporters.record_contact(case, form.means, form.reached, form.note, caller.actor())

    return await cmd.run([report_id], decide, status=204)
