"""拆分: a part of what was told becomes a case of its own, and the undoing of that."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import NotPossibleNow, PhotosMissing
from services.chassis.web import Command, command
from services.intake.api.desk import CLERK, at_desk, decide_on
from services.intake.api.forms import NoteForm, SplitForm, component_from, place_from
from services.intake.domain import problems, receiving, splitting
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.possible import refusing
from services.intake.domain.receiving import Identity
from services.intake.domain.splitting import Part
from services.intake.domain.views import CaseView, view
from services.intake.identifiers import uuid7
from services.intake.parts import Parts, parts
from services.intake.sealing import Sealed
from services.intake.store import people, searches

router = APIRouter(prefix="/api/intake", tags=["desk"])

_DECISION = responses(*COMMAND, problems.CaseUnknown, NotPossibleNow)


@router.post("/cases/{case}/split", status_code=201, response_model=CaseView, responses=_DECISION | responses(
    problems.CategoryUnknown, problems.ConditionUnknown, problems.GridUnknown, problems.PlaceMissing,
    PhotosMissing, problems.InConfidence, problems.ComponentUnknown, problems.ComponentContradicts))  # fmt: skip
async def split(
    case: str, form: SplitForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK),
    own: Parts = Depends(parts),
) -> Response:  # fmt: skip
    """Split a part off as a case of its own 拆分, in the name of the same reporter. Answers that case."""
    case_id, child_id = await searches.case_of(cmd.database, case), uuid7()
    known = await people.find(cmd.database, case_id)
    identity = Identity(await own.serials.take(), uuid7() if known is not None else None)

    def decide(cases: IntakeCases) -> CaseView:
        found = at_desk(cases[case_id], case, caller)
        with refusing(found, caller):
            splitting.split(cases, found, _part(form, found, own), child_id, identity, caller.actor())
        return view(cases[child_id], caller)

    async def keep(connection: Connection, _: CaseView) -> None:
        if known is not None and identity.reporter_ref is not None:
            sealed = _sealed_anew(known.sealed, case_id, child_id, own, cmd)
            await people.keep_for_part(connection, case_id, child_id, identity.reporter_ref, sealed)

    location = {"location": f"/api/intake/reports/{child_id}"}
    return await cmd.run([case_id, child_id], decide, status=201, headers=location, also=keep)


@router.post("/cases/{case}/unsplit", response_model=CaseView, responses=_DECISION | responses(problems.HostUnsuitable))
async def unsplit(
    case: str, form: NoteForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:  # fmt: skip
    """Undo a split: it was one problem after all, and the part follows the case it came from. Detaching undoes that."""
    return await decide_on(
        case, cmd, caller, lambda found, cases: splitting.undo(cases, found, form.note, caller.actor())
    )  # fmt: skip


def _part(form: SplitForm, case: Case[IntakeCase], own: Parts) -> Part:
    category, condition_id = receiving.matter(form.category_id, form.condition_id, case.district)
    return Part(
        description=form.description, note=form.note, category=category, condition_id=condition_id,
        place=place_from(form, case, own), photos=form.photos, component_id=component_from(form, case) if form.component_id else None,
    )  # fmt: skip


def _sealed_anew(sealed: Sealed | None, case_id: UUID, child_id: UUID, own: Parts, cmd: Command) -> Sealed | None:
    """Name and number, bound to the case of the part."""
    if sealed is None:
        return None
    return own.seal.seal(child_id, own.seal.open(case_id, sealed), cmd.context.clock.now())
