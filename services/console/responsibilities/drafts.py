"""Pages of drafts of the responsibility list 清单草案: all drafts; one draft with its changes, trial and actions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.chassis.web import context_of
from services.console import api_client, session
from services.console.desk.forms import FormError
from services.console.rendering import words_of
from services.console.responsibilities import entries, forms, trial
from services.console.responsibilities.names import Names, load_names
from services.console.service_client import ServiceRefusedError
from services.console.session import Reader
from services.console.words import ZONE

router = APIRouter(prefix="/list", include_in_schema=False)

API = "/api/registry/list-drafts"
_PREVIEW_API = "/api/routing/list-preview"
STATES = ("open", "submitted", "published", "discarded")
DAYS = (30, 90, 180, 366)
"""Numbers of days from which the reader chooses the period of a trial on past cases."""
Action = Literal["rewrite", "leave-out", "submit", "approve", "send-back", "discard"]
ACTIONS: tuple[Action, ...] = ("rewrite", "leave-out", "submit", "approve", "send-back", "discard")
Done = Literal["", "begun", "entry", "rewrite", "leave-out", "submit", "approve", "send-back", "discard"]


@router.get("")
async def drafts(request: Request, state: str = "", cursor: str = "") -> Response:
    """List the drafts of the responsibility list, most recently updated first."""
    reader = await session.reader(request)
    chosen = state if state in STATES else ""
    found = await api_client.get_json(request, reader, API, state=chosen, cursor=cursor)
    return api_client.show_page(request, reader, "list_drafts.html", found=found, state=chosen, states=STATES)


@router.get("/{draft_id}")
async def draft(
    request: Request, draft_id: uuid.UUID, days: Annotated[int, Query(ge=0, le=366)] = 0, done: Done = ""
) -> Response:
    """Show one draft of the responsibility list.

    With `days`, also try the draft on the cases of the last `days` days.
    """
    reader = await session.reader(request)
    return await _draft(request, reader, draft_id, days=days, done=f"list.done.{done}" if done else "")


@router.post("/{draft_id}/{action}")
async def act(request: Request, draft_id: uuid.UUID, action: str) -> Response:
    """Take an action on a draft, then show the draft again."""
    reader = await session.reader(request)
    if action not in ACTIONS:
        raise HTTPException(404)
    fields = await api_client.form_fields(request)
    try:
        await _act(request, reader, draft_id, action, fields)
    except FormError as wrong:
        return await _draft(request, reader, draft_id, 422, errors=wrong.errors, entered=fields)
    except ServiceRefusedError as refusal:
        return await _draft(request, reader, draft_id, refusal.status, errors={"": str(refusal)}, entered=fields)
    return RedirectResponse(f"/list/{draft_id}?done={action}", 303)


async def _act(request: Request, reader: Reader, draft_id: uuid.UUID, action: Action, fields: dict[str, str]) -> None:
    path, body = f"{API}/{draft_id}", forms.seen_version(fields)
    if action in ("rewrite", "leave-out"):
        found = await api_client.get_json(request, reader, path)
        if action == "leave-out":
            fields = {**fields, "why": found["note"], "effective_on": found["effective_on"] or ""}
        changes = [each for each in found["changes"] if action == "rewrite" or each["id"] != fields.get("entry")]
        await api_client.send(request, reader, path, {**forms.content(fields, changes), **body}, fields, method="PUT")
        return
    if action == "submit":
        body |= {"signed_trial": fields.get("signed_trial", "")}
    if action in ("send-back", "discard"):
        if not fields.get("reason"):
            raise FormError({f"reason-{action}": words_of(request)("desk.note.required")})
        body |= {"reason": fields["reason"]}
    await api_client.send(request, reader, f"{path}/{action}", body, fields)


async def _draft(
    request: Request,
    reader: Reader,
    draft_id: uuid.UUID,
    status: int = 200,
    *,
    days: int = 0,
    done: str = "",
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    # The release is read first, so that the entries shown come from this release or a later one.
    release = await api_client.get_json(request, reader, "/api/registry/release")
    found = await api_client.get_json(request, reader, f"{API}/{draft_id}")
    names, may = await load_names(request, reader), set(found["possible"])
    tried = None
    if days and "submit" in may:
        tried = await api_client.send(request, reader, _PREVIEW_API, {**found["trial_request"], "days": days}, {})
    return api_client.show_page(
        request,
        reader,
        "list_draft.html",
        status,
        found=found,
        release=release["release"],
        done=done,
        may=may,
        late=_is_late(request, found),
        errors=errors or {},
        entered=entered or {},
        days=days,
        periods=DAYS,
        tried=tried,
        changes=_changes(found, names),
        moves=_moves(found, tried, names),
        own=found["state"] == "submitted" and reader.account.id in authors_of(found),
    )


def _is_late(request: Request, found: Mapping[str, Any]) -> bool:
    """Return whether the draft's effective date has passed. Then the draft can be neither submitted nor approved."""
    today = context_of(request).clock.now().astimezone(ZONE).date()
    day = found["effective_on"]
    return day is not None and date.fromisoformat(day) < today and found["state"] in ("open", "submitted")


def authors_of(found: Mapping[str, Any]) -> set[str]:
    """Return the accounts that created, rewrote or submitted a draft."""
    return {step["by"] for step in found["steps"] if step["kind"] in ("created", "rewritten", "submitted")}


def _changes(found: Mapping[str, Any], names: Names) -> list[dict[str, Any]]:
    """Return the entries that a draft changes, each with its current and its new content."""
    changes: list[dict[str, Any]] = []
    for each in found["changes"]:
        old, new = found["current"].get(each["id"]), each["body"]
        entry = new or old
        changes.append(
            {
                "id": each["id"],
                "title": names.matter(entry["match"]) if entry else each["id"],
                "old": old,
                "new": new,
                "differences": entries.differences(old, new, names),
            }
        )
    return changes


def _moves(found: Mapping[str, Any], tried: Mapping[str, Any] | None, names: Names) -> list[trial.Move]:
    if tried is not None:
        return trial.moves(trial.from_preview(tried["cases"]), names)
    return trial.moves(trial.from_draft(found["trial"]["cases"]), names) if found["trial"] else []
