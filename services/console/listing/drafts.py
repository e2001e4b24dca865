"""清单草案: the list of drafts, one with what it changes and what it did to past cases, and the steps of its life."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.chassis.web import context
from services.console import asking, session
from services.console.desk.forms import FormWrong
from services.console.listing import entries, forms, trial
from services.console.listing.names import Names, names
from services.console.render import words_of
from services.console.session import Reader
from services.console.upstream import Refused
from services.console.words import ZONE

router = APIRouter(prefix="/list", include_in_schema=False)

API = "/api/registry/list-drafts"
_TRY = "/api/routing/list-preview"
STATES = ("open", "submitted", "published", "discarded")
DAYS = (30, 90, 180, 366)
"""How far back a draft may be tried."""
Action = Literal["rewrite", "leave-out", "submit", "approve", "send-back", "discard"]
ACTIONS: tuple[Action, ...] = ("rewrite", "leave-out", "submit", "approve", "send-back", "discard")
Done = Literal["", "begun", "entry", "rewrite", "leave-out", "submit", "approve", "send-back", "discard"]


@router.get("")
async def drafts(request: Request, state: str = "", cursor: str = "") -> Response:
    """Drafts, the last moved first."""
    who = await session.reader(request)
    chosen = state if state in STATES else ""
    found = await asking.ask(request, who, API, state=chosen, cursor=cursor)
    return asking.show(request, who, "list_drafts.html", found=found, state=chosen, states=STATES)


@router.get("/{draft_id}")
async def draft(
    request: Request, draft_id: uuid.UUID, days: Annotated[int, Query(ge=0, le=366)] = 0, done: Done = ""
) -> Response:
    """One draft. With `days` it is tried on the cases of that time, which changes nothing and may be asked again."""
    who = await session.reader(request)
    return await _draft(request, who, draft_id, days=days, done=f"list.done.{done}" if done else "")


@router.post("/{draft_id}/{action}")
async def act(request: Request, draft_id: uuid.UUID, action: str) -> Response:
    """One step of its life, then show it again."""
    who = await session.reader(request)
    if action not in ACTIONS:
        raise HTTPException(404)
    fields = await asking.fields_of(request)
    try:
        await _act(request, who, draft_id, action, fields)
    except FormWrong as wrong:
        return await _draft(request, who, draft_id, 422, errors=wrong.errors, kept=fields)
    except Refused as refusal:
        return await _draft(request, who, draft_id, refusal.status, errors={"": str(refusal)}, kept=fields)
    return RedirectResponse(f"/list/{draft_id}?done={action}", 303)


async def _act(request: Request, who: Reader, draft_id: uuid.UUID, action: Action, fields: dict[str, str]) -> None:
    at, body = f"{API}/{draft_id}", forms.seen(fields)
    if action in ("rewrite", "leave-out"):
        found = await asking.ask(request, who, at)
        if action == "leave-out":
            fields = {**fields, "why": found["note"], "effective_on": found["effective_on"] or ""}
        changes = [each for each in found["changes"] if action == "rewrite" or each["id"] != fields.get("entry")]
        await asking.send(request, who, at, {**forms.wording(fields, changes), **body}, fields, method="PUT")
        return
    if action == "submit":
        body |= {"sealed": fields.get("sealed", "")}
    if action in ("send-back", "discard"):
        if not fields.get("reason"):
            raise FormWrong({f"reason-{action}": words_of(request)("desk.note.required")})
        body |= {"reason": fields["reason"]}
    await asking.send(request, who, f"{at}/{action}", body, fields)


async def _draft(
    request: Request, who: Reader, draft_id: uuid.UUID, status: int = 200, *, days: int = 0, done: str = "",
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    # The release first: what is shown of its entries then is of that release or a later one.
    release = await asking.ask(request, who, "/api/registry/release")
    found = await asking.ask(request, who, f"{API}/{draft_id}")
    named, may = await names(request, who), set(found["possible"])
    tried = None
    if days and "submit" in may:
        tried = await asking.send(request, who, _TRY, {**found["trial_request"], "days": days}, {})
    return asking.show(
        request, who, "list_draft.html", status, found=found, release=release["release"], done=done, may=may,
        late=_is_late(request, found), errors=errors or {}, kept=kept or {}, days=days, periods=DAYS, tried=tried, changes=_changes(found, named),
        moves=_moves(found, tried, named), own=found["state"] == "submitted" and who.account.id in hands_in(found),
    )  # fmt: skip


def _is_late(request: Request, found: Mapping[str, Any]) -> bool:
    """Return whether the draft's day of effect has passed, so that it can neither be submitted nor approved."""
    today = context(request).clock.now().astimezone(ZONE).date()
    day = found["effective_on"]
    return day is not None and date.fromisoformat(day) < today and found["state"] in ("open", "submitted")


def hands_in(found: Mapping[str, Any]) -> set[str]:
    """Everybody who had a hand in what a draft says."""
    return {step["by"] for step in found["steps"] if step["kind"] in ("created", "rewritten", "submitted")}


def _changes(found: Mapping[str, Any], named: Names) -> list[dict[str, Any]]:
    """Each entry that the draft speaks of, with what it says now and what it would say."""
    told: list[dict[str, Any]] = []
    for each in found["changes"]:
        old, new = found["current"].get(each["id"]), each["body"]
        entry = new or old
        told.append(
            {
                "id": each["id"], "title": named.matter(entry["match"]) if entry else each["id"], "old": old, "new": new,
                "differences": entries.differences(old, new, named),
            }
        )  # fmt: skip
    return told


def _moves(found: Mapping[str, Any], tried: Mapping[str, Any] | None, named: Names) -> list[trial.Move]:
    if tried is not None:
        return trial.moves(trial.previewed(tried["cases"]), named)
    return trial.moves(trial.kept(found["trial"]["cases"]), named) if found["trial"] else []
