"""How the answer to a verification was found out, and what it must show: who ends somebody's report shows why."""

from __future__ import annotations

from contracts.acceptance import VerifyMode
from contracts.places import Photo
from services.chassis.auth import Caller
from services.intake.domain.case import Task
from services.intake.domain.problems import AbsenceNotShown, SitePhotosNeeded, VisitNotMade

_NEAR, _WHERE = "near", frozenset({"far", "reference"})
"""Who looked on site shows the thing from near by, and from afar or with something that proves the place."""


def found_out(task: Task, result: str, caller: Caller, note: str, photos: tuple[Photo, ...]) -> VerifyMode:
    """By a visit or by phone: whoever answers a task for the street from the desk, without photos from there, has called.

    Raises `SitePhotosNeeded`, `AbsenceNotShown` and `VisitNotMade`.
    """
    if task.mode != "site":
        return task.mode
    said, roles = note.strip(), {photo.role for photo in photos}
    shown = bool(roles & _WHERE) and (_NEAR in roles or result != "confirmed")
    if caller.officer_id is None and not shown:
        if not said:
            raise VisitNotMade
        return "phone"
    if result == "confirmed" and not shown:
        raise SitePhotosNeeded
    if result == "not_found" and not (shown and said):
        raise AbsenceNotShown
    return task.mode
