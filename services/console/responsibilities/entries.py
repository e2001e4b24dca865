"""Descriptions of list entries, and differences between two versions of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.console.responsibilities.names import Names

Entry = Mapping[str, Any]


class Difference(NamedTuple):
    """A changed field of an entry."""

    field: str
    old: str
    new: str


def describe(entry: Entry | None, names: Names) -> dict[str, str]:
    """Return the texts of an entry by field, without empty fields."""
    if entry is None:
        return {}
    t = names.t
    note = (entry.get("note_en") if t.language == "en" else "") or entry.get("note") or ""
    texts = {
        "matter": names.matter(entry["match"]),
        "area": names.area(entry["area"]),
        "hours": t(f"list.hours.{entry.get('hours') or 'any'}"),
        "on_duty": t("list.on_duty.yes") if entry.get("on_duty") else "",
        "level": t(f"list.level.{entry['level']}") if entry.get("level") else "",
        "lead": names.unit(entry["lead"]) if entry.get("lead") else "",
        "co": names.list_of_units(entry.get("co") or ()),
        "team": names.team(entry["team"]) if entry.get("team") else "",
        "excluded": names.list_of_units(entry.get("excluded") or ()),
        "excluded_kinds": names.joined(t(f"unit_kind.{each}") for each in entry.get("excluded_kinds") or ()),
        "valid_from": entry.get("valid_from") or "",
        "valid_to": entry.get("valid_to") or "",
        "clause": (entry.get("clause_en") if t.language == "en" else "") or entry.get("clause") or "",
        "note": note,
    }
    return {field: text for field, text in texts.items() if text}


def differences(old: Entry | None, new: Entry | None, names: Names) -> list[Difference]:
    """Return the changed fields; for a new or removed entry all its fields."""
    before, after = describe(old, names), describe(new, names)
    fields = dict.fromkeys((*before, *after))
    return [
        Difference(field, before.get(field, ""), after.get(field, ""))
        for field in fields
        if before.get(field) != after.get(field)
    ]


def matches_words(entry: Entry, names: Names, words: str) -> bool:
    """Return whether the entry's id and texts contain all words."""
    text = " ".join((entry["id"], *describe(entry, names).values())).lower()
    return all(word in text for word in words.lower().split())
