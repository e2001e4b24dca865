"""The form that declares a storm or control area.

It checks only errors that a person can correct at once; intake checks the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from services.console.desk.forms import FormError
from services.console.emergency.outline import Corners, outline_of, parse_corners
from services.console.words import Words, instant

Kind = Literal["storms", "control-areas"]
COORDINATES = ("wgs84", "gcj02", "cgcs2000")


def declaration(kind: Kind, fields: Mapping[str, str], grids: Sequence[dict[str, Any]], t: Words) -> dict[str, Any]:
    """Return the JSON body that declares a storm or control area at intake. Raises `FormError`.

    The field `matter` holds the ids of a category and, after `|`, of a filing condition. The field `more` holds the ids
    of further categories, one per line.
    """
    errors: dict[str, str] = {}
    needed = ["name", "matter", *(["answer"] if kind == "control-areas" else [])]
    errors |= {name: t(f"floods.{name}.required") for name in needed if not fields.get(name)}
    times = {name: instant(fields.get(name, "")) for name in ("starts_at", "ends_at")}
    errors |= {name: t("floods.time.required") for name, moment in times.items() if not moment}
    corners = _corners(fields, grids)
    if not corners:
        errors["area"] = t("floods.area.required")
    if errors:
        raise FormError(errors)
    category, _, condition = fields["matter"].partition("|")
    crs = fields.get("crs") if fields.get("corners") and fields.get("crs") in COORDINATES else "cgcs2000"
    texts = ("name", "name_en", "note", *(("answer", "answer_en") if kind == "control-areas" else ()))
    return {
        **{name: fields.get(name, "") for name in texts},
        **times,
        "category_ids": list(dict.fromkeys((category, *fields.get("more", "").split()))),
        "polygon": {"crs": crs, "corners": corners},
        **({"condition_id": condition} if kind == "storms" and condition else {}),
    }


def _corners(fields: Mapping[str, str], grids: Sequence[dict[str, Any]]) -> Corners:
    try:
        return parse_corners(fields.get("corners", "")) or outline_of(grids, fields.get("area", ""))
    except ValueError:
        return []
