"""HTTP API to split a report 拆分, so that a part of it becomes a case of its own, and to undo a split."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import NotPossibleNow, PhotosMissing
from services.chassis.web import Command, command
from services.intake.api.desk import CLERK, decide_on, require_at_desk
from services.intake.api.forms import NoteForm, SplitForm, component_from, place_from
from services.intake.api.resources import Resources, resources
from services.intake.domain import problems, receiving, splitting
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.possible_actions import limit_offered_actions
from services.intake.domain.receiving import ReportIds
from services.intake.domain.splitting import Part
from services.intake.domain.views import CaseView, view
from services.intake.store import personal_data, searches
from services.intake.store.encryption import Encrypted
from services.intake.store.identifiers import uuid7

router = APIRouter(prefix="/api/intake", tags=["desk"])

_DECISION = responses(*COMMAND, problems.CaseUnknown, NotPossibleNow)


@router.post(
    "/cases/{case}/split",
    status_code=201,
    response_model=CaseView,
    responses=_DECISION
    | responses(
        problems.CategoryUnknown,
        problems.ConditionUnknown,
        problems.GridUnknown,
        problems.PlaceMissing,
        PhotosMissing,
        problems.NotForConfidential,
        problems.ComponentUnknown,
        problems.ComponentContradicts,
    ),
)
async def split(
    case: str,
    form: SplitForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(CLERK),
    resources: Resources = Depends(resources),
) -> Response:
    """Split off a part of a report as a new case with the same reporter 拆分. Return the new case."""
    case_id, child_id = await searches.case_of(cmd.database, case), uuid7()
    known = await personal_data.find_reporter(cmd.database, case_id)
    identity = ReportIds(await resources.serials.next_serial(), uuid7() if known is not None else None)

    def decide(cases: IntakeCases) -> CaseView:
        found = require_at_desk(cases[case_id], case, caller)
        with limit_offered_actions(found, caller):
            splitting.split(cases, found, _part(form, found), child_id, identity, caller.actor())
        return view(cases[child_id], caller)

    async def keep(connection: Connection, _: CaseView) -> None:
        if known is not None and identity.reporter_ref is not None:
            encrypted = _encrypted_for_part(known.encrypted, case_id, child_id, resources, cmd)
            await personal_data.copy_reporter_to_part(connection, case_id, child_id, identity.reporter_ref, encrypted)

    location = {"location": f"/api/intake/reports/{child_id}"}
    return await cmd.run([case_id, child_id], decide, status=201, headers=location, also=keep)


@router.post("/cases/{case}/unsplit", response_model=CaseView, responses=_DECISION | responses(problems.HostUnsuitable))
async def unsplit(
    case: str, form: NoteForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Undo a split: attach the part to the case that it was split from.

    Detaching the part makes it a case of its own again.
    """
    return await decide_on(
        case, cmd, caller, lambda found, cases: splitting.undo_split(cases, found, form.note, caller.actor())
    )


def _part(form: SplitForm, case: Case[IntakeCase]) -> Part:
    category, condition_id = receiving.resolve_category(form.category_id, form.condition_id, case.district)
    return Part(
        description=form.description,
        note=form.note,
        category=category,
        condition_id=condition_id,
        place=place_from(form, case),
        photos=form.photos,
        component_id=component_from(form, case) if form.component_id else None,
    )


def _encrypted_for_part(
    encrypted: Encrypted | None, case_id: UUID, child_id: UUID, resources: Resources, cmd: Command
) -> Encrypted | None:
    """Return the reporter's name and number, encrypted again for the new case; `None` if there are none."""
    if encrypted is None:
        return None
    return resources.vault.encrypt(child_id, resources.vault.decrypt(case_id, encrypted), cmd.context.clock.now())
