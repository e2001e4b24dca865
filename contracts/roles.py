"""Roles of accounts and keys, and the names of the roles.

Only machines have the role `gateway`: it is for the SMS or 企业微信 gateway of the city.
"""

from __future__ import annotations

from collections.abc import Mapping

ROLE_NAMES: Mapping[str, tuple[str, str]] = {
    "officer": ("网格员", "grid officer"),
    "lane_lead": ("街巷长", "lane lead"),
    "helper": ("协管员", "helper"),
    "grid_lead": ("网格长", "grid lead"),
    "instructor": ("网格指导员", "grid instructor"),
    "team_leader": ("组长", "team leader"),
    "intake_clerk": ("受理员", "intake clerk"),
    "hotline": ("热线坐席", "hotline operator"),
    "shift_lead": ("值班长", "shift lead"),
    "dispatcher": ("派遣员", "dispatcher"),
    "unit_clerk": ("单位受理岗", "unit clerk"),
    "handler": ("处置人员", "handler"),
    "leader": ("领导", "leader"),
    "assessor": ("考评员", "assessor"),
    "administrator": ("管理员", "administrator"),
    "auditor": ("审计员", "security auditor"),
    "gateway": ("通知网关", "notice gateway"),
}

FIGURE_ROLES = ("shift_lead", "leader", "assessor", "administrator")
"""Roles that see the figures of all subjects in their area, and the names of people in the centre."""

FIELD_WORK_ROLES = (*FIGURE_ROLES, "grid_lead", "instructor")
"""Roles that see the patrols and the requests for help in their area."""

GRANTABLE: Mapping[str, tuple[str, ...]] = {"administrator": tuple(ROLE_NAMES)}
"""Roles that the holder of a role may grant to accounts and keys, by role of the holder. Holders of roles that are not
listed may grant none."""

TWO_PERSON_ROLES = frozenset({"administrator", "auditor"})
"""Roles whose grant a second administrator must approve, unless the grant is made on the command line of the server."""

CONFIDENTIAL_READERS = ("unit_clerk", "handler")
"""Roles within a unit that may read the texts of the unit's confidential cases."""
