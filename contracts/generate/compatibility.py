"""Compatibility of a new schema with an old one, for the schemas that our models generate.

Events are stored for ever, and old and new consumers run side by side during a rollout. So an event type never removes
or renames a field, never makes an optional field required or a required one optional, and never refuses a value that
was allowed. A change that breaks this needs the next version of the type, `…v2`. New optional fields and more values of
a closed list are allowed, if consumers are installed before producers.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_EXACT = ("format", "pattern")


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return one line for each incompatible change between two schemas, with the path of the field."""
    return _compare(old, new, old.get("$defs", {}), new.get("$defs", {}), "")


def _compare(old: Schema, new: Schema, old_parts: Schema, new_parts: Schema, path: str) -> list[str]:
    old, new = _resolved(old, old_parts), _resolved(new, new_parts)
    if "anyOf" in old or "anyOf" in new:
        return _compare_choices(old, new, old_parts, new_parts, path)
    where = path or "the body"
    lines: list[str] = []
    if new.get("type", old.get("type")) != old.get("type") and not _widened(old, new):
        lines.append(f"{where}: was {old.get('type', 'anything')}, is {new['type']}")
        return lines
    lines += [f"{where}: {line}" for line in _tightened(old, new)]
    lines += _compare_fields(old, new, old_parts, new_parts, path)
    for inner in ("items", "additionalProperties"):
        if isinstance(old.get(inner), dict) and isinstance(new.get(inner), dict):
            lines += _compare(old[inner], new[inner], old_parts, new_parts, f"{path}[]")
    return lines


def _compare_fields(old: Schema, new: Schema, old_parts: Schema, new_parts: Schema, path: str) -> list[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_after = set(old.get("required", ())), set(new.get("required", ()))
    prefix = f"{path}." if path else ""
    lines = [f"{prefix}{name}: was removed or renamed" for name in before if name not in after]
    lines += [f"{prefix}{name}: is required now, old events may lack it" for name in sorted(must_after - must_before)]
    lines += [
        f"{prefix}{name}: is optional now, old readers count on it"
        for name in sorted(must_before - must_after)
        if name in after
    ]
    for name in before:
        if name in after:
            lines += _compare(before[name], after[name], old_parts, new_parts, f"{prefix}{name}")
    return lines


def _compare_choices(old: Schema, new: Schema, old_parts: Schema, new_parts: Schema, path: str) -> list[str]:
    """Compare alternatives of a field: the new schema must have a compatible alternative for each old one."""
    choices = new.get("anyOf", [new])
    lines: list[str] = []
    for choice in old.get("anyOf", [old]):
        found = [_compare(choice, each, old_parts, new_parts, path) for each in choices]
        if all(found):
            lines += min(found, key=len)
    return lines


def _tightened(old: Schema, new: Schema) -> list[str]:
    """Return the constraints that refuse values which the old schema allowed."""
    lines: list[str] = []
    allowed = new.get("enum", [new["const"]] if "const" in new else None)
    if allowed is not None:
        before = old.get("enum", [old["const"]] if "const" in old else None)
        gone = ["any value"] if before is None else [value for value in before if value not in allowed]
        lines += [f"{value} is refused now" for value in gone]
    lines += [f"{key} is {new[key]} now" for key in _AT_MOST if key in new and new[key] < old.get(key, float("inf"))]
    lines += [f"{key} is {new[key]} now" for key in _AT_LEAST if key in new and new[key] > old.get(key, float("-inf"))]
    lines += [f"{key} is {new[key]} now" for key in _EXACT if key in new and new[key] != old.get(key)]
    return lines


def _widened(old: Schema, new: Schema) -> bool:
    return "type" not in new or (old.get("type"), new.get("type")) == ("integer", "number")


def _resolved(schema: Schema, parts: Schema) -> Schema:
    reference = schema.get("$ref")
    return schema if reference is None else {**parts[reference.rsplit("/", 1)[1]], **schema}
