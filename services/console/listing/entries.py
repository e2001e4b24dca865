"""An entry of the list in words, and what a draft would make of it: old beside new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.console.listing.names import Names

Entry = Mapping[str, Any]


class Difference(NamedTuple):
    """One thing that an entry says otherwise."""

    field: str
    old: str
    new: str


def told(entry: Entry | None, names: Names) -> dict[str, str]:
    """Everything that an entry says, by field; what it leaves open is not there."""
    if entry is None:
        return {}
    t = names.t
    note = (entry.get("note_en") if t.language == "en" else "") or entry.get("note") or ""
    said = {
        "matter": names.matter(entry["match"]),
        "area": names.area(entry["area"]),
        "hours": t(f"list.hours.{entry.get('hours') or 'any'}"),
        "on_duty": t("list.on_duty.yes") if entry.get("on_duty") else "",
        "level": t(f"list.level.{entry['level']}") if entry.get("level") else "",
        "lead": names.unit(entry["lead"]) if entry.get("lead") else "",
        "co": names.together(entry.get("co") or ()),
        "team": names.team(entry["team"]) if entry.get("team") else "",
        "excluded": names.together(entry.get("excluded") or ()),
        "excluded_kinds": names.joined(t(f"unit_kind.{each}") for each in entry.get("excluded_kinds") or ()),
        "valid_from": entry.get("valid_from") or "",
        "valid_to": entry.get("valid_to") or "",
        "clause": (entry.get("clause_en") if t.language == "en" else "") or entry.get("clause") or "",
        "note": note,
    }
    return {field: text for field, text in said.items() if text}


def differences(old: Entry | None, new: Entry | None, names: Names) -> list[Difference]:
    """What differs; of an entry that is new or goes, everything it says."""
    before, after = told(old, names), told(new, names)
    fields = dict.fromkeys((*before, *after))
    return [
        Difference(field, before.get(field, ""), after.get(field, ""))
        for field in fields
        if before.get(field) != after.get(field)
    ]


def found_by(entry: Entry, names: Names, words: str) -> bool:
    """Whether an entry has all of these words in its id or in what it says."""
    text = " ".join((entry["id"], *told(entry, names).values())).lower()
    return all(word in text for word in words.lower().split())
