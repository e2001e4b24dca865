"""Forms that edit a draft. They check only errors that a person can correct at once; the registry checks the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.console.desk.forms import FormError
from services.console.responsibilities.entries import Entry
from services.console.words import Words

SEVERAL = ("co", "excluded", "excluded_kinds")
"""Form fields that may have several values."""
_SINGLE_FIELDS = (
    "area",
    "hours",
    "level",
    "lead",
    "team",
    "valid_from",
    "valid_to",
    "clause",
    "clause_en",
    "note",
    "note_en",
)
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_MAJOR = re.compile(r"[0-9]{2}")


def change(fields: Mapping[str, str], base: Entry | None, t: Words) -> dict[str, Any]:
    """Return the change of one entry, for the content of a draft. Raises `FormError`.

    `base` is the entry before the change, whose id and categories stay. If `base` is `None`, the entry is new.
    """
    if base is not None and fields.get("remove"):
        return {"id": base["id"], "body": None}
    errors: dict[str, str] = {}
    entry_id = base["id"] if base is not None else fields.get("id", "")
    match = base["match"] if base is not None else match_of(fields.get("matter", ""))
    if not _ID.fullmatch(entry_id):
        errors["id"] = t("list.id.required")
    if match is None:
        errors["matter"] = t("list.matter.required")
    values: dict[str, Any] = {name: fields[name] for name in _SINGLE_FIELDS if fields.get(name)}
    values |= {"on_duty": True} if fields.get("on_duty") else {}
    values |= {name: fields[name].split("\n") for name in SEVERAL if fields.get(name)}
    errors |= _errors_of(values, t)
    if errors:
        raise FormError(errors)
    return {"id": entry_id, "body": {"id": entry_id, "match": match, **values}}


def match_of(matter: str) -> dict[str, str] | None:
    """Return which categories an entry is about: one category by id, or a major class 大类 `standard/kind/major`.

    `None` for any other text.
    """
    if matter.count("/") != 2:
        return None
    standard, kind, code = matter.split("/")
    if _MAJOR.fullmatch(code):
        return {"standard": standard, "kind": kind, "major": code}
    return {"category": matter}


def content(fields: Mapping[str, str], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of a draft for the registry: changes, reason, effective date and base.

    The base is the number of the release that the page of the form showed.
    """
    return {
        "changes": changes,
        "note": fields.get("why", ""),
        "effective_on": fields.get("effective_on") or None,
        "based_on": _number(fields.get("based_on")),
    }


def seen_version(fields: Mapping[str, str]) -> dict[str, int]:
    """Return the draft's version that the page of the form showed, as a part of the JSON body."""
    return {"version": _number(fields.get("seen"))}


def with_change(changes: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the changes with the change `new` added, or in the place of an earlier change of the same entry."""
    if all(each["id"] != new["id"] for each in changes):
        return [*changes, new]
    return [new if each["id"] == new["id"] else each for each in changes]


def _errors_of(values: Mapping[str, Any], t: Words) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not values.get("area"):
        errors["area"] = t("list.area.required")
    leads = values.get("lead") or values.get("team")
    if not (leads or values.get("excluded") or values.get("excluded_kinds")):
        errors["lead"] = t("list.lead.required")
    if values.get("on_duty") and not values.get("lead"):
        errors["lead"] = t("list.on_duty.lead")
    lead, co, excluded = ({values.get("lead")} - {None}, set(values.get("co", ())), set(values.get("excluded", ())))
    if (co and not leads) or lead & co or (lead | co) & excluded:
        errors["co"] = t("list.co.once")
    if values.get("valid_from") and values.get("valid_to") and values["valid_from"] >= values["valid_to"]:
        errors["valid_to"] = t("list.valid_to.later")
    return errors


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
