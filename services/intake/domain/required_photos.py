"""Photos that must be present before a case is filed, and in the answer to a verification task.

An answer that confirms a problem on site, or ends the case because nothing was found, needs photos as proof.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.common import Photo
from contracts.events.acceptance import VerifyMode
from contracts.registry import FilingCondition
from services.chassis import photo_roles
from services.chassis.auth import Caller
from services.chassis.photo_roles import PhotoRolesMissing
from services.chassis.problems import Problem
from services.intake.domain.case import Task

_CLOSE_UP, _CONTEXT = "near", ("far", "reference")
_CONTEXT_ROLES = frozenset(_CONTEXT)
"""Roles of photos that show where the problem is: from afar, or with a landmark."""


class ReportPhotosNeeded(PhotoRolesMissing):
    zh = "此立案条件须附照片，缺少：{missing_zh}。请补拍后再上报；不能补拍的，请不选立案条件上报，由受理台处理。"
    en = (
        "This filing condition requires photos. Missing: {missing}. Take them and report again, or report "
        "without a condition and the desk will decide."
    )


class SitePhotosNeeded(Problem):
    status = 422
    zh = "现场核实属实须附照片，缺少：{missing_zh}。请补拍后再答复。"
    en = "Confirming on site requires photos. Missing: {missing}. Take them and answer again."

    def __init__(self, roles: Sequence[str], *, or_: bool = False) -> None:
        """`roles`: the photo roles that are missing. With `or_`, one of the last two roles is enough."""
        zh, en = photo_roles.format_roles(roles), ", ".join(roles)
        if or_:
            head, one, other = roles[:-2], *roles[-2:]
            zh = "、".join(
                filter(
                    None,
                    (
                        photo_roles.format_roles(head),
                        f"{photo_roles.format_roles([one])}或{photo_roles.format_roles([other])}",
                    ),
                )
            )
            en = ", ".join((*head, f"{one} or {other}"))
        super().__init__(missing=en, missing_zh=zh, roles=roles)


class AbsenceNotShown(Problem):
    status = 422
    zh = "“现场未发现”会结束此案。请写明现场情况，并附至少一张远景或参照物照片。"
    en = (
        '"Not found" on site ends the case. Describe what you saw and add at least one photo from afar or '
        "with a landmark."
    )


class VisitNotMade(Problem):
    status = 422
    zh = "此任务须到现场核实。受理台可以电话核实并写明通话对象和内容，或附现场照片；两者都没有的，请派网格员。"
    en = (
        "This task requires a visit. From the desk, call and write in the note whom you asked and what they "
        "said, or add photos from the place; otherwise assign an officer."
    )


def missing_roles(condition: FilingCondition | None, photos: Sequence[Photo]) -> list[str]:
    """Return the photo roles that the condition requires before filing and that `photos` lack."""
    return photo_roles.missing_roles(condition.report_evidence if condition else (), (photo.role for photo in photos))


def verification_method(
    task: Task, condition: FilingCondition | None, result: str, caller: Caller, note: str, photos: tuple[Photo, ...]
) -> VerifyMode:
    """Return how the task was answered: by a visit or by phone.

    An answer from the desk to a task on site, without photos from the site, counts as a phone call. `condition` is the
    filing condition of the case, if it is known; only the result `confirmed` uses it. Raises `SitePhotosNeeded`,
    `AbsenceNotShown` and `VisitNotMade`.
    """
    if task.mode != "site":
        return task.mode
    has_note, roles = bool(note.strip()), {photo.role for photo in photos}
    confirmed, shows_place = result == "confirmed", bool(roles & _CONTEXT_ROLES)
    required_roles = condition.report_evidence if confirmed and condition is not None else ()
    photos_suffice = (
        not missing_roles(condition, photos)
        if required_roles
        else shows_place and (_CLOSE_UP in roles or not confirmed)
    )
    if caller.officer_id is None and not photos_suffice:
        if not has_note:
            raise VisitNotMade
        return "phone"
    if confirmed and not photos_suffice:
        near = [] if _CLOSE_UP in roles else [_CLOSE_UP]
        raise SitePhotosNeeded(
            missing_roles(condition, photos) if required_roles else [*near, *(() if shows_place else _CONTEXT)],
            or_=not (required_roles or shows_place),
        )
    if result == "not_found" and not (photos_suffice and has_note):
        raise AbsenceNotShown
    return task.mode
