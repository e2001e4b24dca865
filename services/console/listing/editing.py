"""The entries of the list in force, and the form that writes one of them into a draft."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from contracts.registry.people import UnitKind
from contracts.registry.places import ManagementLevel
from services.console import asking, session
from services.console.desk.forms import FormWrong
from services.console.listing import forms
from services.console.listing.drafts import API
from services.console.listing.entries import Entry, found_by, told
from services.console.listing.names import Names, names
from services.console.render import words_of
from services.console.session import Reader
from services.console.upstream import Refused

router = APIRouter(prefix="/list", include_in_schema=False)

_ENTRIES = "/api/registry/entities/responsibility"
HOURS = ("any", "office", "night")
_MOST = 200
"""Entries on a page: who looks for more looks by words."""


@router.get("/entries")
async def in_force(request: Request, q: str = "", draft: uuid.UUID | None = None) -> Response:
    """The list in force, searched; each entry leads to the form that changes it, in a draft or in a new one."""
    who = await session.reader(request)
    named = await names(request, who)
    listed = await asking.everything(request, who, _ENTRIES, limit=1000)
    found = [each for each in listed if found_by(each, named, q)]
    return asking.show(
        request, who, "list_entries.html", found=[(each["id"], told(each, named)) for each in found[:_MOST]], q=q,
        count=len(found), most=_MOST, draft=draft, form=f"/list/{draft}/entry" if draft else "/list/new",
    )  # fmt: skip


@router.get("/new")
async def new(request: Request, entry: str = "") -> Response:
    """The form that begins a draft, with an entry in force or with a new one."""
    return await _form(request, await session.reader(request), entry)


@router.post("")
async def begin(request: Request) -> Response:
    """Begin a draft, then show it."""
    who = await session.reader(request)
    fields = await asking.fields_of(request, *forms.SEVERAL)
    entry = fields.get("entry", "")
    try:
        said = forms.change(fields, await _in_force(request, who, entry), words_of(request))
        begun = await asking.send(request, who, API, forms.wording(fields, [said]), fields)
    except FormWrong as wrong:
        return await _form(request, who, entry, 422, errors=wrong.errors, kept=fields)
    except Refused as refusal:
        return await _form(request, who, entry, refusal.status, errors={"": str(refusal)}, kept=fields)
    return RedirectResponse(f"/list/{begun['id']}?done=begun", 303)


@router.get("/{draft_id}/entry")
async def change(request: Request, draft_id: uuid.UUID, entry: str = "") -> Response:
    """The form of one entry in a draft."""
    return await _form(request, await session.reader(request), entry, draft_id=draft_id)


@router.post("/{draft_id}/entry")
async def put(request: Request, draft_id: uuid.UUID) -> Response:
    """Write it into the draft, then show the draft."""
    who = await session.reader(request)
    fields = await asking.fields_of(request, *forms.SEVERAL)
    entry, at = fields.get("entry", ""), f"{API}/{draft_id}"
    try:
        found = await asking.ask(request, who, at)
        said = forms.change(fields, await _base(request, who, entry, found), words_of(request))
        words = {**fields, "why": found["note"], "effective_on": found["effective_on"] or ""}
        body = forms.wording(words, forms.with_change(found["changes"], said)) | forms.seen(fields)
        await asking.send(request, who, at, body, fields, method="PUT")
    except FormWrong as wrong:
        return await _form(request, who, entry, 422, draft_id=draft_id, errors=wrong.errors, kept=fields)
    except Refused as refusal:
        return await _form(
            request, who, entry, refusal.status, draft_id=draft_id, errors={"": str(refusal)}, kept=fields
        )
    return RedirectResponse(f"/list/{draft_id}?done=entry", 303)


async def _form(
    request: Request, who: Reader, entry: str, status: int = 200, *, draft_id: uuid.UUID | None = None,
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    release = await asking.ask(request, who, "/api/registry/release")
    draft = await asking.ask(request, who, f"{API}/{draft_id}") if draft_id else None
    base = await _base(request, who, entry, draft)
    named, fields = await names(request, who), kept if kept is not None else _as_fields(base)
    return asking.show(
        request, who, "list_entry.html", status, base=base, draft=draft, release=release["release"],
        names=named, choices=_choices(named, fields.get("area", "")), errors=errors or {}, kept=fields,
        told=told(base, named),
    )  # fmt: skip


async def _base(request: Request, who: Reader, entry: str, draft: Mapping[str, Any] | None) -> Entry | None:
    """The entry as the draft has it, else as it is in force; none for a new one."""
    for each in draft["changes"] if draft else ():
        if each["id"] == entry and each["body"] is not None:
            return each["body"]
    return await _in_force(request, who, entry)


async def _in_force(request: Request, who: Reader, entry: str) -> Entry | None:
    return (await asking.ask(request, who, f"{_ENTRIES}/{entry}"))["body"] if entry else None


def _choices(named: Names, area: str) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen in the form, each with its word; the area of the entry also where it is a grid."""
    t = named.t
    streets = [
        [(street, t.named(each)), *((code, f"{t.named(each)} · {t.named(one)}") for code, one in
         named.communities.items() if one["street"] == street)]
        for street, each in named.streets.items()
    ]  # fmt: skip
    areas = [(named.district["id"], t.named(named.district)), *(each for street in streets for each in street)]
    return {
        "areas": areas if not area or area in dict(areas) else [*areas, (area, area)],
        "units": [(key, t.named(each)) for key, each in named.units.items()],
        "teams": [(key, t.named(each)) for key, each in named.teams.items() if each["kind"] == "joint"],
        "hours": [(each, t(f"list.hours.{each}")) for each in HOURS],
        "levels": [(each, t(f"list.level.{each}")) for each in get_args(ManagementLevel)],
        "kinds": [(each, t(f"unit_kind.{each}")) for each in get_args(UnitKind)],
    }


def _as_fields(entry: Entry | None) -> dict[str, str]:
    """An entry as the fields of the form say it."""
    fields = entry or {}
    return {
        name: "\n".join(said) if isinstance(said, list) else str(said)
        for name, said in fields.items()
        if said and name != "match"
    }
