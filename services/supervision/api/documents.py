"""Routes of documents that the system writes and people sign or confirm: handover sheets and digests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.chassis import cursors
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.forms import Instant
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import Command, command, context, needs
from services.supervision.api.forms import ConfirmForm, SignForm
from services.supervision.api.paging import texts_of
from services.supervision.domain import problems
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster import shift_handover
from services.supervision.domain.roster.digests import Digest, Kind
from services.supervision.domain.roster.shift_handover import Sheet, Side
from services.supervision.store import case_index, documents
from services.supervision.store.documents import ConfirmedDigest, Signature, SignedSheet

router = APIRouter(prefix="/api/supervision", tags=["documents"])

SHEET_READERS = ("intake_clerk", "shift_lead", "dispatcher", "grid_lead", "leader", "administrator")
"""Roles that read handover sheets."""

SHEET_SIGNERS = ("intake_clerk", "shift_lead", "dispatcher")
"""Roles that sign handover sheets for a shift of the centre."""

DIGEST_READERS = ("officer", "grid_lead", "instructor", "shift_lead", "leader", "assessor", "administrator")
"""Roles that read digests."""

_PREVIEW_PERIOD = timedelta(days=2)
"""How far ahead the preview looks for the next shift change."""

DIGEST_CONFIRMERS = ("officer", "grid_lead", "instructor")


class SignatureView(View):
    """Who signed a handover sheet or confirmed a digest, and when."""

    by: str
    """Account of the person who signed or confirmed."""
    name: str
    """Name of that account at that time."""
    at: datetime
    note: str


class SheetView(View):
    """A handover sheet 交接班单 and its two signatures."""

    sheet_id: UUID
    written_at: datetime
    sheet: Sheet
    signatures: dict[Side, SignatureView]


class SheetItem(View):
    """A handover sheet in a list, without its cases."""

    sheet_id: UUID
    centre_id: str
    centre: str
    centre_en: str
    changes_at: datetime
    open: int
    overdue: int
    promised: int
    signatures: dict[Side, SignatureView]


class Sheets(View):
    """Handover sheets, the latest first."""

    items: list[SheetItem]


class DigestView(View):
    """A weekly or monthly digest of a community, and its confirmation."""

    digest_id: UUID
    written_at: datetime
    digest: Digest
    confirmed: SignatureView | None


class Digests(View):
    """A page of digests, the latest first."""

    items: list[DigestView]
    next: str | None
    """Cursor of the next page; `null` on the last page."""


@router.get("/shift-handovers", response_model=Sheets, responses=responses(*SIGNED_IN))
async def list_sheets(
    before: Annotated[Instant | None, Query(description="Only sheets of changes before this instant.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*SHEET_READERS, only=acts_for_centre)),
) -> Sheets:
    """List handover sheets of the caller's centres with their signatures, the latest first."""
    found = await documents.list_sheets(ctx.database, centres_of(caller, ctx.district), before, limit)
    return Sheets(
        items=[
            SheetItem(
                sheet_id=each.id,
                signatures=_signatures(each),
                **each.sheet.model_dump(
                    include={"centre_id", "centre", "centre_en", "changes_at", "open", "overdue", "promised"}
                ),
            )
            for each in found
        ]
    )


@router.get("/shift-handovers/preview", response_model=Sheet, responses=responses(*SIGNED_IN, problems.SheetUnknown))
async def preview_sheet(
    centre_id: str,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*SHEET_READERS, only=acts_for_centre)),
) -> Sheet:
    """Preview the handover sheet of a centre's next shift change with the cases that are open now."""
    if centre_id not in ctx.district.centres or not _sees_centre(ctx.district, centre_id, caller):
        raise problems.SheetUnknown(sheet=centre_id)
    now, district = ctx.clock.now(), ctx.district
    changes = shift_handover.shift_changes(district, now, now + _PREVIEW_PERIOD)
    upcoming = [at for centre, at in changes if centre == centre_id]
    cases = await case_index.open_cases(ctx.database, district.centres[centre_id].areas)
    return shift_handover.write_sheet(district, centre_id, min(upcoming, default=now), cases)


@router.get(
    "/shift-handovers/{sheet_id}", response_model=SheetView, responses=responses(*SIGNED_IN, problems.SheetUnknown)
)
async def read_sheet(
    sheet_id: UUID,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*SHEET_READERS, only=acts_for_centre)),
) -> SheetView:
    """Read a handover sheet as it was written at the shift change, with the cases in the caller's area."""
    return _sheet_view(await sheet_of(ctx, sheet_id, caller))


@router.post(
    "/shift-handovers/{sheet_id}/sign",
    response_model=SheetView,
    responses=responses(*COMMAND, problems.SheetUnknown, problems.SignedBySomebodyElse, problems.BothSidesNeeded),
)
async def sign_sheet(
    sheet_id: UUID,
    form: SignForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*SHEET_SIGNERS, only=acts_for_centre)),
) -> Response:
    """Sign a handover sheet for the outgoing or the incoming shift.

    The two signatures must come from different people.
    """
    found = await sheet_of(cmd.context, sheet_id, caller)
    signature = Signature(caller.id, caller.name, cmd.context.clock.now(), form.note)
    existing = found.signatures.get(form.side)
    if existing is not None and existing.by != caller.id:
        raise problems.SignedBySomebodyElse(by=existing.by)
    if any(each.by == caller.id for side, each in found.signatures.items() if side != form.side):
        raise problems.BothSidesNeeded
    found.signatures.setdefault(form.side, signature)

    async def write(connection: Connection, _: Any) -> None:
        if existing is None and not await documents.sign_sheet(connection, sheet_id, form.side, signature):
            raise problems.SignedBySomebodyElse(by="–")

    return await cmd.run([], lambda _: _sheet_view(found), also=write)


@router.get("/digests", response_model=Digests, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_digests(
    kind: Kind | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*DIGEST_READERS, only=acts_for_centre)),
) -> Digests:
    """List weekly and monthly digests of the communities in the caller's area, the latest first."""
    areas = access.task_areas(caller, ctx.district)
    found = await documents.list_digests(ctx.database, areas, kind, _after(cursor), limit)
    return Digests(
        items=[_digest_view(each) for each in found],
        next=cursors.next_cursor(
            found, limit, lambda last: (last.digest.begins_on, last.digest.community, last.digest.kind)
        ),
    )


@router.get("/digests/{digest_id}", response_model=DigestView, responses=responses(*SIGNED_IN, problems.DigestUnknown))
async def read_digest(
    digest_id: UUID,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*DIGEST_READERS, only=acts_for_centre)),
) -> DigestView:
    """Read a digest of a community in the caller's area."""
    found, areas = await documents.load_digest(ctx.database, digest_id), access.task_areas(caller, ctx.district)
    if found is None or (areas and not any(_overlap(area, found.digest.community) for area in areas)):
        raise problems.DigestUnknown(digest=str(digest_id))
    return _digest_view(found)


@router.post(
    "/digests/{digest_id}/confirm",
    response_model=DigestView,
    responses=responses(*COMMAND, problems.DigestUnknown, problems.SignedBySomebodyElse),
)
async def confirm_digest(
    digest_id: UUID,
    form: ConfirmForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*DIGEST_CONFIRMERS)),
) -> Response:
    """Confirm the digest of a community in the caller's area, with an optional note."""
    found = await documents.load_digest(cmd.database, digest_id)
    areas = access.task_areas(caller, cmd.district)
    if found is None or not any(_overlap(area, found.digest.community) for area in areas):
        raise problems.DigestUnknown(digest=str(digest_id))
    if found.confirmed is not None and found.confirmed.by != caller.id:
        raise problems.SignedBySomebodyElse(by=found.confirmed.by)
    signature = found.confirmed or Signature(caller.id, caller.name, cmd.context.clock.now(), form.note)

    async def write(connection: Connection, _: Any) -> None:
        if found.confirmed is None and not await documents.confirm_digest(connection, digest_id, signature):
            raise problems.SignedBySomebodyElse(by="–")

    shown = ConfirmedDigest(found.id, found.written_at, found.digest, signature)
    return await cmd.run([], lambda _: _digest_view(shown), also=write)


def centres_of(caller: Caller, district: RegistrySnapshot) -> list[str]:
    """Return the centres whose shift handover sheets 交接班单 the caller may read."""
    return [each for each in district.centres if _sees_centre(district, each, caller)]


def _sees_centre(district: RegistrySnapshot, centre_id: str, caller: Caller) -> bool:
    """Return True if the caller has no areas, or an area that overlaps the area of the centre."""
    return not caller.areas or any(
        _overlap(area, own_area) for area in district.centres[centre_id].areas for own_area in caller.areas
    )


def _after(cursor: str | None) -> documents.After | None:
    """Read the sort key of the last digest of the previous page from the cursor; `None` without a cursor.

    Raises `CursorInvalid`.
    """
    if cursor is None:
        return None
    begins_on, community, kind = texts_of(cursor, 3)
    try:
        return date.fromisoformat(begins_on), community, kind
    except ValueError as error:
        raise CursorInvalid from error


def _overlap(one: str, other: str) -> bool:
    """Return True if one of the two areas contains the other."""
    return one.startswith(other) or other.startswith(one)


async def sheet_of(ctx: Context, sheet_id: UUID, caller: Caller) -> SignedSheet:
    """Return the handover sheet with only the cases in the caller's area. Raises `SheetUnknown`."""
    found = await documents.load_sheet(ctx.database, sheet_id)
    centres = ctx.district.centres
    if (
        found is None
        or found.sheet.centre_id not in centres
        or not _sees_centre(ctx.district, found.sheet.centre_id, caller)
    ):
        raise problems.SheetUnknown(sheet=str(sheet_id))
    cases = tuple(each for each in found.sheet.cases if not each.grid_code or caller.covers(each.grid_code))
    return SignedSheet(found.id, found.written_at, found.sheet.model_copy(update={"cases": cases}), found.signatures)


def _signatures(found: SignedSheet) -> dict[Side, SignatureView]:
    return {side: _signature(each) for side, each in found.signatures.items()}


def _signature(signature: Signature) -> SignatureView:
    return SignatureView(by=signature.by, name=signature.name, at=signature.at, note=signature.note)


def _sheet_view(found: SignedSheet) -> SheetView:
    return SheetView(sheet_id=found.id, written_at=found.written_at, sheet=found.sheet, signatures=_signatures(found))


def _digest_view(found: ConfirmedDigest) -> DigestView:
    return DigestView(
        digest_id=found.id,
        written_at=found.written_at,
        digest=found.digest,
        confirmed=_signature(found.confirmed) if found.confirmed is not None else None,
    )
