"""Forms of a draft. Only faults that a person can correct at once are checked here; the registry checks the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.console.desk.forms import FormError
from services.console.responsibilities.entries import Entry
from services.console.words import Words

SEVERAL = ("co", "excluded", "excluded_kinds")
"""Fields with several values."""
_ONE = ("area", "hours", "level", "lead", "team", "valid_from", "valid_to", "clause", "clause_en", "note", "note_en")
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_MAJOR = re.compile(r"[0-9]{2}")


def change(fields: Mapping[str, str], base: Entry | None, t: Words) -> dict[str, Any]:
    """Return the change of one entry. A changed entry keeps id and category of `base`. Raises `FormError`."""
    if base is not None and fields.get("remove"):
        return {"id": base["id"], "body": None}
    errors: dict[str, str] = {}
    entry_id = base["id"] if base is not None else fields.get("id", "")
    match = base["match"] if base is not None else match_of(fields.get("matter", ""))
    if not _ID.fullmatch(entry_id):
        errors["id"] = t("list.id.required")
    if match is None:
        errors["matter"] = t("list.matter.required")
    said: dict[str, Any] = {name: fields[name] for name in _ONE if fields.get(name)}
    said |= {"on_duty": True} if fields.get("on_duty") else {}
    said |= {name: fields[name].split("\n") for name in SEVERAL if fields.get(name)}
    errors |= _wrong(said, t)
    if errors:
        raise FormError(errors)
    return {"id": entry_id, "body": {"id": entry_id, "match": match, **said}}


def match_of(matter: str) -> dict[str, str] | None:
    """Return the match of a category id or of a major, `standard/kind/major`; `None` for another text."""
    if matter.count("/") != 2:
        return None
    standard, kind, code = matter.split("/")
    if _MAJOR.fullmatch(code):
        return {"standard": standard, "kind": kind, "major": code}
    return {"category": matter}


def content(fields: Mapping[str, str], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of a draft for the registry: changes, reason, effective date, and the release on the page."""
    return {
        "changes": changes,
        "note": fields.get("why", ""),
        "effective_on": fields.get("effective_on") or None,
        "based_on": _number(fields.get("based_on")),
    }


def seen_version(fields: Mapping[str, str]) -> dict[str, int]:
    """Return the version of the draft on the form's page."""
    return {"version": _number(fields.get("seen"))}


def with_change(changes: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the changes with the new one, which replaces an earlier change of the same entry."""
    if all(each["id"] != new["id"] for each in changes):
        return [*changes, new]
    return [new if each["id"] == new["id"] else each for each in changes]


def _wrong(said: Mapping[str, Any], t: Words) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not said.get("area"):
        errors["area"] = t("list.area.required")
    leads = said.get("lead") or said.get("team")
    if not (leads or said.get("excluded") or said.get("excluded_kinds")):
        errors["lead"] = t("list.lead.required")
    if said.get("on_duty") and not said.get("lead"):
        errors["lead"] = t("list.on_duty.lead")
    lead, co, excluded = ({said.get("lead")} - {None}, set(said.get("co", ())), set(said.get("excluded", ())))
    if (co and not leads) or lead & co or (lead | co) & excluded:
        errors["co"] = t("list.co.once")
    if said.get("valid_from") and said.get("valid_to") and said["valid_from"] >= said["valid_to"]:
        errors["valid_to"] = t("list.valid_to.later")
    return errors


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
