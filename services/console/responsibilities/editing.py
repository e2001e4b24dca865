"""Pages of the entries of the current responsibility list, and of the form that changes an entry in a draft."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from contracts.registry.people import UnitKind
from contracts.registry.places import ManagementLevel
from services.console import api_client, session
from services.console.desk.forms import FormError
from services.console.rendering import words_of
from services.console.responsibilities import forms
from services.console.responsibilities.drafts import API
from services.console.responsibilities.entries import Entry, describe, matches_words
from services.console.responsibilities.names import Names, load_names
from services.console.service_client import ServiceRefusedError
from services.console.session import Reader

router = APIRouter(prefix="/list", include_in_schema=False)

_ENTRIES = "/api/registry/entities/responsibility"
HOURS = ("any", "office", "night")
_MOST = 200
"""Maximum number of entries on the page. Readers find the other entries by a search."""


@router.get("/entries")
async def current_list(request: Request, q: str = "", draft: uuid.UUID | None = None) -> Response:
    """Show the entries of the current list that contain the words `q`, with links to the form that changes an entry."""
    reader = await session.reader(request)
    names = await load_names(request, reader)
    listed = await api_client.get_all(request, reader, _ENTRIES, limit=1000)
    found = [each for each in listed if matches_words(each, names, q)]
    return api_client.show_page(
        request,
        reader,
        "list_entries.html",
        found=[(each["id"], describe(each, names)) for each in found[:_MOST]],
        q=q,
        count=len(found),
        most=_MOST,
        draft=draft,
        form=f"/list/{draft}/entry" if draft else "/list/new",
    )


@router.get("/new")
async def new(request: Request, entry: str = "") -> Response:
    """Show the form that creates a draft with one changed or new entry."""
    return await _form(request, await session.reader(request), entry)


@router.post("")
async def begin(request: Request) -> Response:
    """Create a draft with one changed or new entry, then show the draft."""
    reader = await session.reader(request)
    fields = await api_client.form_fields(request, *forms.SEVERAL)
    entry = fields.get("entry", "")
    try:
        new_change = forms.change(fields, await _current_entry(request, reader, entry), words_of(request))
        created = await api_client.send(request, reader, API, forms.content(fields, [new_change]), fields)
    except FormError as wrong:
        return await _form(request, reader, entry, 422, errors=wrong.errors, entered=fields)
    except ServiceRefusedError as refusal:
        return await _form(request, reader, entry, refusal.status, errors={"": str(refusal)}, entered=fields)
    return RedirectResponse(f"/list/{created['id']}?done=begun", 303)


@router.get("/{draft_id}/entry")
async def change(request: Request, draft_id: uuid.UUID, entry: str = "") -> Response:
    """Show the form that changes or adds one entry in a draft."""
    return await _form(request, await session.reader(request), entry, draft_id=draft_id)


@router.post("/{draft_id}/entry")
async def put(request: Request, draft_id: uuid.UUID) -> Response:
    """Write the entry into the draft, then show the draft."""
    reader = await session.reader(request)
    fields = await api_client.form_fields(request, *forms.SEVERAL)
    entry, path = fields.get("entry", ""), f"{API}/{draft_id}"
    try:
        found = await api_client.get_json(request, reader, path)
        new_change = forms.change(fields, await _base(request, reader, entry, found), words_of(request))
        draft_fields = {**fields, "why": found["note"], "effective_on": found["effective_on"] or ""}
        content = forms.content(draft_fields, forms.with_change(found["changes"], new_change))
        await api_client.send(request, reader, path, content | forms.seen_version(fields), fields, method="PUT")
    except FormError as wrong:
        return await _form(request, reader, entry, 422, draft_id=draft_id, errors=wrong.errors, entered=fields)
    except ServiceRefusedError as refusal:
        return await _form(
            request, reader, entry, refusal.status, draft_id=draft_id, errors={"": str(refusal)}, entered=fields
        )
    return RedirectResponse(f"/list/{draft_id}?done=entry", 303)


async def _form(
    request: Request,
    reader: Reader,
    entry: str,
    status: int = 200,
    *,
    draft_id: uuid.UUID | None = None,
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    release = await api_client.get_json(request, reader, "/api/registry/release")
    draft = await api_client.get_json(request, reader, f"{API}/{draft_id}") if draft_id else None
    base = await _base(request, reader, entry, draft)
    names, fields = await load_names(request, reader), entered if entered is not None else _as_fields(base)
    return api_client.show_page(
        request,
        reader,
        "list_entry.html",
        status,
        base=base,
        draft=draft,
        release=release["release"],
        names=names,
        choices=_choices(names, fields.get("area", "")),
        errors=errors or {},
        entered=fields,
        described=describe(base, names),
    )


async def _base(request: Request, reader: Reader, entry: str, draft: Mapping[str, Any] | None) -> Entry | None:
    """Return the entry with this id from the draft, otherwise from the current list; `None` for a new entry."""
    for each in draft["changes"] if draft else ():
        if each["id"] == entry and each["body"] is not None:
            return each["body"]
    return await _current_entry(request, reader, entry)


async def _current_entry(request: Request, reader: Reader, entry: str) -> Entry | None:
    return (await api_client.get_json(request, reader, f"{_ENTRIES}/{entry}"))["body"] if entry else None


def _choices(names: Names, area: str) -> dict[str, list[tuple[str, str]]]:
    """Return the options (value and label) of each form field that offers a choice.

    The entry's own `area` is always an option. Other options for the area are never grids.
    """
    t = names.t
    streets = [
        [
            (street, t.name_of(each)),
            *(
                (code, f"{t.name_of(each)} · {t.name_of(one)}")
                for code, one in names.communities.items()
                if one["street"] == street
            ),
        ]
        for street, each in names.streets.items()
    ]
    areas = [(names.district["id"], t.name_of(names.district)), *(each for street in streets for each in street)]
    return {
        "areas": areas if not area or area in dict(areas) else [*areas, (area, area)],
        "units": [(key, t.name_of(each)) for key, each in names.units.items()],
        "teams": [(key, t.name_of(each)) for key, each in names.teams.items() if each["kind"] == "joint"],
        "hours": [(each, t(f"list.hours.{each}")) for each in HOURS],
        "levels": [(each, t(f"list.level.{each}")) for each in get_args(ManagementLevel)],
        "kinds": [(each, t(f"unit_kind.{each}")) for each in get_args(UnitKind)],
    }


def _as_fields(entry: Entry | None) -> dict[str, str]:
    """Return the values of the form fields for an entry."""
    fields = entry or {}
    return {
        name: "\n".join(value) if isinstance(value, list) else str(value)
        for name, value in fields.items()
        if value and name != "match"
    }
