"""Entities of the registry: the reference data of a district, which is published in releases."""

from contracts.registry.base import Entity, Limit, release_sha256
from contracts.registry.calendar_days import CalendarDay
from contracts.registry.categories import Category, FilingCondition, Knowledge
from contracts.registry.keys import MachineKey, MessageSecret, SigningKey
from contracts.registry.people import Leave, Officer, Shift, Team, Unit
from contracts.registry.places import Centre, Community, Component, Grid, PatrolPoint
from contracts.registry.responsibilities import Admission, Match, Plan, Responsibility
from contracts.registry.score_rules import ScoreItem, ScoreRate, ScoreRule, ScoreVolume
from contracts.registry.settings import DistrictSettings, PatrolRules

KINDS: dict[str, type[Entity]] = {
    model.KIND: model
    for model in (
        DistrictSettings,
        Centre,
        Community,
        Grid,
        Unit,
        Officer,
        Team,
        Category,
        FilingCondition,
        Component,
        PatrolPoint,
        Responsibility,
        Plan,
        Shift,
        CalendarDay,
        Knowledge,
        Admission,
        ScoreRule,
        SigningKey,
        MachineKey,
    )
}
"""Entity classes by kind, in the order in which a release states them: an entity follows the entities that it refers
to."""

SECRET_KINDS = frozenset({"signing_key", "machine_key"})
"""Kinds of entities that only the registry itself creates; the files of a district never contain such entities."""

__all__ = [
    "KINDS",
    "SECRET_KINDS",
    "Admission",
    "CalendarDay",
    "Category",
    "Centre",
    "Community",
    "Component",
    "DistrictSettings",
    "Entity",
    "FilingCondition",
    "Grid",
    "Knowledge",
    "Leave",
    "Limit",
    "MachineKey",
    "Match",
    "MessageSecret",
    "Officer",
    "PatrolPoint",
    "PatrolRules",
    "Plan",
    "Responsibility",
    "ScoreItem",
    "ScoreRate",
    "ScoreRule",
    "ScoreVolume",
    "Shift",
    "SigningKey",
    "Team",
    "Unit",
    "release_sha256",
]
