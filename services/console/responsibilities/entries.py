"""Texts that describe an entry of the responsibility list, and the differences between two versions of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.console.responsibilities.names import Names

Entry = Mapping[str, Any]


class Difference(NamedTuple):
    """A changed field of a list entry, with its old and new text. A text is empty if that version has no such field."""

    field: str
    old: str
    new: str


def describe(entry: Entry | None, names: Names) -> dict[str, str]:
    """Return a text for each field of a list entry that is not empty."""
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
    """Return the fields in which two versions of an entry differ. `None` stands for a new or a removed entry."""
    before, after = describe(old, names), describe(new, names)
    fields = dict.fromkeys((*before, *after))
    return [
        Difference(field, before.get(field, ""), after.get(field, ""))
        for field in fields
        if before.get(field) != after.get(field)
    ]


def matches_words(entry: Entry, names: Names, words: str) -> bool:
    """Return whether the id and the texts of the entry contain all these words."""
    text = " ".join((entry["id"], *describe(entry, names).values())).lower()
    return all(word in text for word in words.lower().split())
