"""HTTP API of reports: take a report on any channel, read a report, mask a text, and list similar cases."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.common import Crs, Place
from contracts.events.discovery import PlaceDoubt
from contracts.masking import mask
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.coordinates import Point, to_cgcs2000
from services.chassis.database import constraint_of
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import PhotosMissing, TooMany
from services.chassis.rate_limit import network_of
from services.chassis.web import Command, command, context, needs
from services.intake.api.resources import Resources, resources
from services.intake.api.senders import report_sender
from services.intake.api.uploads import resolve_photos
from services.intake.domain import problems, receiving, reporters, required_photos, upstream
from services.intake.domain.case import IntakeCases
from services.intake.domain.grids import GRIDS
from services.intake.domain.photos import uploader
from services.intake.domain.possible_actions import Viewer
from services.intake.domain.receiving import DESK_ROLES, HandoverDetails, ReportIds
from services.intake.domain.submission import Submission
from services.intake.domain.views import CaseView, ReporterView, reporter_view, view_of
from services.intake.store import calls, queues, searches
from services.intake.store.identifiers import uuid7
from services.intake.store.reporter_store import PersonalRows

router = APIRouter(prefix="/api/intake", tags=["reports"])

_DOUBTS: dict[PlaceDoubt, tuple[str, str]] = {
    "outside_area": (
        "位置不在本区任何网格内，由受理员核对。",
        "The point lies in no grid of the district; the desk will check it.",
    ),
    "address_only": ("只有地址，由受理员确定网格。", "Only an address was given; the desk will find the grid."),
    "crs_suspect": (
        "坐标系可能有误：按另一种坐标系，位置才在所报网格内。",
        "The coordinate system may be wrong: in another one, the point lies in the claimed grid.",
    ),
    "grid_mismatch": (
        "位置与所报网格不一致，以位置为准，核实时确认。",
        "The point is not in the claimed grid; the point is used until it is verified.",
    ),
}
"""Doubt about the place → note in zh and en."""


class Receipt(BaseModel):
    """The answer to an accepted report."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    report_id: UUID
    case_id: UUID
    case_number: str
    place: Place | None
    place_doubt: PlaceDoubt | None
    note: str
    note_en: str
    """The doubt about the place as text; empty if there is no doubt."""
    query_code: str | None
    """A code with which a reporter without a phone number follows the case, else `None`. Shown only once."""
    links: dict[str, str]


@router.post(
    "/reports",
    status_code=202,
    response_model=Receipt,
    responses=responses(
        *COMMAND,
        problems.ChannelNotAllowed,
        problems.DeskOnly,
        problems.CategoryUnknown,
        problems.ConditionUnknown,
        problems.ComponentUnknown,
        problems.ComponentContradicts,
        problems.GridUnknown,
        PhotosMissing,
        problems.TimeImplausible,
        problems.NotSettleable,
        problems.CallUnknown,
        required_photos.ReportPhotosNeeded,
        TooMany,
    ),
)
async def report(
    submission: Submission,
    cmd: Command = Depends(command),
    caller: Caller = Depends(report_sender),
    resources: Resources = Depends(resources),
) -> Response:
    """Report a problem. The response is sent as soon as the report is stored; triage follows.

    Send an `Idempotency-Key`, so that a report that is sent again, from an offline queue or after a lost response, is
    stored only once. An order of the upstream platform (channel `upstream` with `external.number`) needs no key: until
    the platform takes the order back, sending it again returns the first receipt and changes nothing.
    """
    return await accept_report(submission, cmd, caller, resources)


async def accept_report(
    submission: Submission,
    cmd: Command,
    caller: Caller,
    resources: Resources,
    handover: HandoverDetails = HandoverDetails(),
) -> Response:
    """Create a case for the report and return the receipt.

    If the report is an upstream order that has a case already, return the receipt of that case.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    order = upstream.upstream_order(submission.channel, submission.external, submission.mode)
    if order is not None and (first := await searches.case_of_order(cmd.database, order)) is not None:
        return await _receipt_of(first, submission, cmd, caller)
    uploaders = sorted({uploader(caller, photo.claim) for photo in submission.photos})
    submission = submission.model_copy(update={"photos": await resolve_photos(cmd.database, caller, submission.photos)})
    if submission.call_id is not None and await calls.find_call(cmd.database, submission.call_id) is None:
        raise problems.CallUnknown(call=str(submission.call_id))
    case_id = uuid7()
    identity = ReportIds(await resources.serials.next_serial(), uuid7() if PersonalRows.wanted(submission) else None)
    personal_rows = PersonalRows.of(
        case_id, submission, identity.reporter_ref, resources.vault, cmd.context.clock.now(), uploaders
    )
    confidential, place = False, None

    def decide(cases: IntakeCases) -> Receipt:
        nonlocal confidential, place
        case = cases[case_id]
        place = receiving.receive(case, submission, identity, caller, GRIDS.of(case.district), handover)
        confidential = case.state.received_report.confidential
        return receipt(
            case_id, case.state.received_report.case_number, case.state.received_report, personal_rows.query_code
        )

    try:
        return await cmd.create_case(
            case_id,
            decide,
            status=202,
            headers=_location(case_id),
            rows=lambda _: personal_rows.rows(confidential, place, cmd.district),
        )
    except asyncpg.UniqueViolationError as error:
        if order is None or constraint_of(error) != "report_order":
            raise
        # The same order came twice at the same time; now the first one is found.
        return await accept_report(submission, cmd, caller, resources, handover)


async def _receipt_of(first: UUID, submission: Submission, cmd: Command, caller: Caller) -> Response:
    """Return the receipt of an order that was sent before, without the query code. `first` is its first report's id."""

    def decide(cases: IntakeCases) -> Receipt:
        receiving.check_channel(submission, caller)
        report = cases[first].state.received_report
        return receipt(first, report.case_number, report, None)

    return await cmd.run([first], decide, status=202, headers=_location(first), versioned=False)


def _location(case_id: UUID) -> dict[str, str]:
    return {"location": f"/api/intake/reports/{case_id}"}


def receipt(case_id: UUID, number: str, report: receiving.ReportReceived, code: str | None) -> Receipt:
    """Return the receipt of a report."""
    note, note_en = _DOUBTS[report.place_doubt] if report.place_doubt else ("", "")
    return Receipt(
        report_id=case_id,
        case_id=case_id,
        case_number=number,
        place=report.place,
        place_doubt=report.place_doubt,
        note=note,
        note_en=note_en,
        query_code=code,
        links={
            "report": f"/api/intake/reports/{case_id}",
            "case": f"/api/tracking/cases/{number}",
            "status": f"/api/tracking/cases/{number}",
            "explanation": f"/api/routing/cases/{case_id}/explanation",
        },
    )


@router.get(
    "/reports/{report_id}",
    response_model=CaseView | ReporterView,
    responses=responses(*SIGNED_IN, problems.ReportUnknown),
)
async def get_report(
    report_id: UUID, ctx: Context = Depends(context), caller: Caller = Depends(needs())
) -> CaseView | ReporterView:
    """Return a report, for the desk and for its sender.

    A resident who follows the report with a token gets only what the reporter may see.
    """
    entry = await queues.find_case(ctx.database, report_id)
    if entry is None:
        raise problems.ReportUnknown(report=str(report_id))
    if not reporters.is_sender_or_desk(entry.state, caller):
        raise problems.ReportUnknown(report=str(report_id))
    make_view = reporter_view if caller.kind == "resident" else view_of
    return make_view(entry.case_id, entry.state, entry.version, Viewer(caller, ctx.clock.now(), ctx.district))


class Text(BaseModel):
    """A text whose personal data will be masked."""

    text: str = Field(max_length=2000)


@router.post("/mask", response_model=Text, responses=responses(TooMany))
async def mask_text(text: Text, request: Request, resources: Resources = Depends(resources)) -> Text:
    """Return the text with personal data masked, as it will be stored and shown.

    Authors can check their text before sending it.
    """
    resources.masking.spend(network_of(request))
    return Text(text=mask(text.text))


class Similar(BaseModel):
    """An open or recently closed case near by."""

    case_id: UUID
    case_number: str
    category_id: str | None
    metres: float
    open: bool


@router.get("/similar", response_model=list[Similar], responses=responses(*SIGNED_IN, problems.CategoryUnknown))
async def similar_cases(
    category_id: str,
    longitude: Annotated[float, Query(ge=-180, le=180)],
    latitude: Annotated[float, Query(ge=-90, le=90)],
    crs: Crs,
    ctx: Context = Depends(context),
    _: Caller = Depends(needs(*DESK_ROLES, "officer", "team_leader")),
) -> list[Similar]:
    """List cases near by, nearest first, that may be about the problem of a report that is being entered."""
    district = ctx.district
    if category_id not in district.categories:
        raise problems.CategoryUnknown(category_id=category_id)
    point: Point = to_cgcs2000((longitude, latitude), crs)
    found = await searches.reports_around(ctx.database, category_id, point, district, ctx.clock.now())
    return [
        Similar(
            case_id=known.case_id,
            case_number=known.number,
            category_id=known.category_id,
            metres=round(metres, 1),
            open=known.ended_at is None,
        )
        for metres, known in found
    ]
