"""Every role an account or key can have (domain.md, "Words"), and what it is called.

`gateway` is a machine's: the city's SMS or 企业微信 gateway.
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

WATCHING = ("shift_lead", "leader", "assessor", "administrator")
"""Who sees everybody's figures in their area, and is told what people of the centre are called; others see their own."""

OVERSEEING = (*WATCHING, "grid_lead", "instructor")
"""Who sees, in their area, how officers walk their rounds and what was put on communities."""

GRANTABLE: Mapping[str, tuple[str, ...]] = {"administrator": tuple(ROLE_NAMES)}
"""Role → roles that a person with it may give to accounts and keys. Every other role gives none."""

TWO_PERSON_ROLES = frozenset({"administrator", "auditor"})
"""Roles that a second administrator must approve, unless the command line on the server gives them."""

CONFIDENTIAL_READERS = ("unit_clerk", "handler")
"""Roles in a unit that read the text of the unit's confidential cases."""
