"""Subjects of scorecards: their names and who may see their figures."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.figures import Subject
from contracts.roles import FIGURE_ROLES
from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.scorecards import SubjectName
from services.supervision.domain.primitives import access


def only_subject(kind: Subject, caller: Caller, district: RegistrySnapshot) -> str | None:
    """Return the id of the only subject of this kind that the caller may see; `None` if the caller may see all.

    Raises `NotAllowed` if the caller may see none.
    """
    if access.has_centre_role(caller, *FIGURE_ROLES):
        return None
    own = appeals.own_subject(kind, caller, district)
    if own is None:
        raise NotAllowed(roles=", ".join(FIGURE_ROLES))
    return own.id


def may_see(kind: Subject, subject_id: str, caller: Caller, district: RegistrySnapshot) -> bool:
    """Return True if the caller may see the figures of a subject.

    Callers who may see all subjects of a kind see only those in their areas: officers with a grid or area there, and a
    street or the county only if the areas contain all of it. Units belong to no area, so these callers see every unit.
    Raises `NotAllowed` if the caller may see no subject of this kind.
    """
    only = only_subject(kind, caller, district)
    if only is not None or not caller.areas:
        return only in (None, subject_id)
    if kind in ("street", "county"):
        return caller.covers(subject_id)
    return kind != "officer" or works_in(subject_id, caller, district)


def works_in(officer_id: str, caller: Caller, district: RegistrySnapshot) -> bool:
    """Return True if a grid or area of the officer lies in the caller's areas, or the caller has no areas."""
    if not caller.areas:
        return True
    officer = district.officers.get(officer_id)
    if officer is None:
        return False
    return any(caller.covers(code) for code in (officer.primary_grid, *officer.grids, *officer.areas) if code)


def visible_areas(kind: Subject, subject_id: str, caller: Caller, district: RegistrySnapshot) -> tuple[str, ...]:
    """Return the areas to which a list of counted cases is limited for the caller; empty means no limit.

    There is no limit for callers without areas, nor for the own figures of the caller, except those of a street.
    """
    own = appeals.own_subject(kind, caller, district)
    return () if kind != "street" and own is not None and own.id == subject_id else caller.areas


def subjects_of_kind(district: RegistrySnapshot, kind: Subject, counted: Iterable[str]) -> list[SubjectName]:
    """Return every subject of the kind in the registry, and former subjects that still have figures."""
    known = _LISTERS.get(kind, _no_subjects)(district)
    ids = {each.id for each in known}
    return known + [SubjectName(each, each, each) for each in sorted(counted) if each not in ids]


def _units(district: RegistrySnapshot) -> list[SubjectName]:
    return [SubjectName(each.id, each.name, each.name_en) for each in district.units.values()]


def _officers(district: RegistrySnapshot) -> list[SubjectName]:
    return [SubjectName(each.id, each.name, each.name_en) for each in district.officers.values()]


def _streets(district: RegistrySnapshot) -> list[SubjectName]:
    """Return the streets of the communities, and the district itself for reports without a known place."""
    found = {
        each.street: SubjectName(each.street, each.street_name, each.street_name_en)
        for each in district.communities.values()
    }
    unknown_place = SubjectName(district.settings.id, "地点不明", "Place unknown")
    return [*found.values(), unknown_place]


def _county(district: RegistrySnapshot) -> list[SubjectName]:
    return [SubjectName(district.settings.id, district.settings.name, district.settings.name_en)]


def _no_subjects(_: RegistrySnapshot) -> list[SubjectName]:
    """Return an empty list for kinds of subject that are accounts.

    Only the registry knows all accounts, so scorecards list only the accounts that have figures.
    """
    return []


_LISTERS = {"unit": _units, "officer": _officers, "street": _streets, "county": _county}
