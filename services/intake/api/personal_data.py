"""HTTP API of personal data. Each access is logged before the data is returned."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.chassis.auth import Caller, is_centre_staff
from services.chassis.context import Context
from services.chassis.forms import Form, Location, MaskedText
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import context, needs
from services.intake.api.resources import Resources, resources
from services.intake.domain import problems, reporter_access
from services.intake.domain.case import IntakeCase
from services.intake.domain.confidential import ConfidentialDetails, details_for_unit
from services.intake.store import personal_data, queues

router = APIRouter(prefix="/api/intake", tags=["reporters"])


async def not_stored(response: Response) -> None:
    """Dependency: forbid caches to store the response."""
    response.headers["cache-control"] = "no-store"


Reason = Annotated[str, Query(min_length=2, max_length=200, description="Why; kept in the log.")]


class ReporterView(BaseModel):
    """The reporter's name and phone number."""

    name: str | None
    phone: str | None


class LookupForm(Form):
    """A caller's phone number, and the reason for the lookup."""

    phone: str = Field(min_length=6, max_length=20)
    reason: MaskedText = Field(min_length=2, max_length=200)


class OlderCase(BaseModel):
    """The case of an earlier report from the same phone number."""

    case_id: UUID
    case_number: str
    status: str
    category_id: str | None
    grid_code: str | None
    reported_at: datetime


@router.get(
    "/reports/{report_id}/reporter",
    response_model=ReporterView,
    dependencies=[Depends(not_stored)],
    responses=responses(
        *SIGNED_IN,
        problems.ReportUnknown,
        problems.NoReporter,
        problems.CallBackNotDue,
        problems.ContactAlreadyShown,
    ),
)
async def reveal_reporter(
    report_id: UUID,
    reason: Reason,
    ctx: Context = Depends(context),
    resources: Resources = Depends(resources),
    caller: Caller = Depends(needs(*reporter_access.READERS)),
) -> ReporterView:
    """Return the reporter's name and phone number.

    Allowed are: the desk, to call the reporter back (only the shift lead for a confidential case or a report of type
    `tip`); the hotline, once for each call-back that is due; the clerk of a unit with a dispatch, once, if the reporter
    consents 联系群众; the city's SMS gateway, which gets only the number.
    """
    entry = await queues.find_case(ctx.database, report_id)
    own_units = caller.unit_and_team_ids(ctx.district)
    if entry is None or not reporter_access.may_see_report(caller, entry.state, own_units):
        raise problems.ReportUnknown(report=str(report_id))
    stored = await personal_data.find_reporter(ctx.database, report_id)
    if stored is None or stored.encrypted is None:
        raise problems.NoReporter
    call = await _call_due(ctx, report_id, entry.state) if caller.has("hotline") else None
    terms = reporter_access.access_terms(
        caller, entry.state, own_units=own_units, consents=stored.contact_consent, call=call
    )
    logged = await personal_data.log_access(
        ctx.database, "reporter", report_id, caller, reason, ctx.clock.now(), once=terms.by_unit, call=terms.call
    )
    if not logged:
        raise problems.ContactAlreadyShown if terms.call else problems.NoReporter
    reporter = ReporterView.model_validate(resources.vault.decrypt(report_id, stored.encrypted))
    return reporter.model_copy(update={"name": None}) if terms.number_only else reporter


async def _call_due(ctx: Context, report_id: UUID, state: IntakeCase) -> str | None:
    """Return the call-back that is due for the report, or `None`.

    The call-backs of an attached report are stored with the case that the report is attached to.
    """
    if state.attached_to is not None:
        host = await queues.find_case(ctx.database, state.attached_to)
        return host.state.call_backs.get(report_id) if host is not None else None
    return state.call_backs.get(report_id)


@router.post("/reporters/lookup", response_model=list[OlderCase], responses=responses(*SIGNED_IN))
async def lookup(
    form: LookupForm,
    ctx: Context = Depends(context),
    resources: Resources = Depends(resources),
    caller: Caller = Depends(needs("intake_clerk", "shift_lead", "hotline", only=is_centre_staff)),
) -> list[OlderCase]:
    """Return the cases of earlier reports from a phone number, without confidential cases and reports of type `tip`.

    The cases are found by a keyed hash of the number. The hash is erased after some time.
    """
    now = ctx.clock.now()
    await personal_data.log_access(ctx.database, "phone_lookup", None, caller, form.reason, now)
    secret = [each.id for each in ctx.district.categories.values() if each.confidential]
    rows = await personal_data.older_cases(ctx.database, resources.vault.phone_hash(form.phone), now, secret)
    return [OlderCase.model_validate(row) for row in rows]


@router.get(
    "/cases/{case_id}/confidential",
    response_model=dict[str, Any],
    dependencies=[Depends(not_stored)],
    responses=responses(*SIGNED_IN, problems.CaseUnknown),
)
async def confidential(
    case_id: UUID,
    reason: Reason = "按派遣单办理 / for its dispatch",
    ctx: Context = Depends(context),
    resources: Resources = Depends(resources),
    caller: Caller = Depends(needs("unit_clerk", "handler")),
) -> dict[str, Any]:
    """Return the decrypted parts of a confidential case that events leave out.

    These parts are text, photos, place, category, filing condition and milestone names. The milestones have the same
    order as in the dispatch. Only the competent unit may read these parts, while it has a dispatch of the case.
    """
    entry = await queues.find_case(ctx.database, case_id)
    encrypted = await personal_data.find_confidential(ctx.database, case_id)
    if entry is None or encrypted is None or caller.unit_id not in entry.state.units:
        raise problems.CaseUnknown(case=str(case_id))
    await personal_data.log_access(ctx.database, "confidential_text", case_id, caller, reason, ctx.clock.now())
    return resources.vault.decrypt(case_id, encrypted) | _category_and_condition(entry.state, ctx.district)


class ConfidentialPlace(BaseModel):
    """The place that was given for a confidential case."""

    address: str | None
    location: Location | None
    """The point that was given; `None` if only an address or a grid is known."""


@router.get(
    "/cases/{case_id}/confidential-place",
    response_model=ConfidentialPlace,
    dependencies=[Depends(not_stored)],
    responses=responses(*SIGNED_IN, problems.CaseUnknown, problems.PlaceNotAwaited),
)
async def confidential_place(
    case_id: UUID,
    reason: Reason,
    ctx: Context = Depends(context),
    resources: Resources = Depends(resources),
    caller: Caller = Depends(needs("shift_lead")),
) -> ConfidentialPlace:
    """Return the place that was given for a confidential report while the desk must find its grid.

    This is so if no grid is known yet, or if a dispatcher sent the case back because the place was wrong. Only the
    shift lead, who files the case in the right grid, may read the place. The rest of the report stays hidden. Each
    access is logged.
    """
    entry = await queues.find_case(ctx.database, case_id)
    encrypted = await personal_data.find_confidential(ctx.database, case_id)
    if entry is None or encrypted is None:
        raise problems.CaseUnknown(case=str(case_id))
    reporter_access.require_place_access(caller, entry.state)
    await personal_data.log_access(ctx.database, "confidential_place", case_id, caller, reason, ctx.clock.now())
    details = ConfidentialDetails.model_validate(resources.vault.decrypt(case_id, encrypted), extra="allow")
    return ConfidentialPlace(address=details.address, location=details.location)


def _category_and_condition(state: IntakeCase, district: RegistrySnapshot) -> dict[str, object]:
    """Return category and filing condition; empty if the release in force lacks one of them."""
    category, condition = (
        district.categories.get(state.category_id or ""),
        district.conditions.get(state.condition_id or ""),
    )
    return details_for_unit(condition, category) if category is not None and condition is not None else {}
