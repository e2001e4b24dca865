"""Names of photo roles, for errors about missing photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contracts.common import PhotoRole
from services.chassis.problems import Problem

_NAMES: dict[str, str] = {
    "near": "近景照片",
    "far": "远景照片",
    "reference": "参照照片",
    "before": "处置前照片",
    "after": "处置后照片",
    "document": "文书照片",
    "frame": "视频帧",
}


class PhotoRolesMissing(Problem):
    """The request lacks photos with required roles."""

    status = 422

    def __init__(self, roles: Sequence[str]) -> None:
        super().__init__(missing=", ".join(roles), missing_zh=format_roles(roles), roles=roles)


def missing_roles(wanted: Iterable[PhotoRole | str], brought: Iterable[PhotoRole | str]) -> list[str]:
    """Return the required roles that are missing, in the order of `wanted`."""
    brought_roles = set(brought)
    return [role for role in wanted if role not in brought_roles]


def format_roles(roles: Iterable[str]) -> str:
    """Return the roles as `近景照片（near）、远景照片（far）`."""
    return "、".join(f"{_NAMES[role]}（{role}）" for role in roles)
