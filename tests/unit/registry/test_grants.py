"""Granting rights: which roles may grant which rights, and which grants need two persons."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.roles import GRANTABLE, ROLE_NAMES, TWO_PERSON_ROLES
from deploy.local.home import ROOT
from services.chassis.auth import Caller
from services.registry.domain.bindings import Bindings, guard_grant, key_needs_second_person, needs_second_person
from services.registry.domain.problems import BeyondOwnRights
from tests.unit.registry.sample_district import lijin

STREET = "370522001"


def administrator(**limits: Any) -> Caller:
    return Caller(kind="account", id="a", roles=frozenset({"administrator"}), **limits)


def may_grant(grantor: Caller, **bindings: Any) -> bool:
    try:
        guard_grant(grantor, Bindings(**bindings), lijin())
    except BeyondOwnRights:
        return False
    return True


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_an_administrator_of_the_district_grants_every_role_anywhere(role: str) -> None:
    assert may_grant(administrator(), roles=(role,))
    assert may_grant(administrator(), roles=(role,), areas=(STREET,), channels=("hotline",), unit="sanitation")


@pytest.mark.parametrize("role", sorted(set(ROLE_NAMES) - GRANTABLE.keys()))
def test_other_roles_grant_nothing(role: str) -> None:
    grantor = Caller(kind="account", id="x", roles=frozenset({role}))
    assert not any(may_grant(grantor, roles=(each,)) for each in ROLE_NAMES)


def test_an_administrator_of_an_area_grants_within_it() -> None:
    street = administrator(areas=(STREET,))
    assert may_grant(street, roles=("dispatcher",), areas=(STREET,))
    assert may_grant(street, roles=("officer",), areas=(f"{STREET}003",), officer="officer-jincheng-05")
    assert may_grant(street, roles=("unit_clerk",), areas=(STREET,), unit="lijin-street")


@pytest.mark.parametrize(
    "bindings",
    [
        {"areas": ()},
        {"areas": ("370522002",)},
        {"areas": ("370522",)},
        {"areas": (STREET, "370522002")},
        {"areas": (STREET,), "unit": "sanitation"},
        {"areas": (STREET,), "officer": "officer-fengyi-01"},
    ],
)
def test_an_administrator_of_an_area_grants_nothing_outside_it(bindings: dict[str, Any]) -> None:
    assert not may_grant(administrator(areas=(STREET,)), roles=("dispatcher",), **bindings)


def test_an_administrator_limited_to_channels_grants_no_others() -> None:
    desk = administrator(channels=frozenset({"hotline"}))
    assert may_grant(desk, channels=("hotline",))
    assert not may_grant(desk, channels=("hotline", "camera"))


@pytest.mark.parametrize("role", sorted(TWO_PERSON_ROLES))
def test_creating_or_widening_an_administrator_or_auditor_needs_two_persons(role: str) -> None:
    limited = Bindings(roles=(role,), areas=(STREET,))
    for before in (None, Bindings(roles=("leader",)), limited):
        assert needs_second_person(before, Bindings(roles=(role,)), lijin())
    assert needs_second_person(limited, limited.model_copy(update={"roles": (role, "leader")}), lijin())
    assert not needs_second_person(limited, limited, lijin())
    assert not needs_second_person(Bindings(roles=(role,)), limited, lijin()), "narrowing needs one person"
    assert not needs_second_person(limited, Bindings(roles=("leader",)), lijin()), "removing the role needs one person"


def test_other_roles_need_one_person() -> None:
    others = set(ROLE_NAMES) - TWO_PERSON_ROLES
    assert not any(needs_second_person(None, Bindings(roles=(role,)), lijin()) for role in others)


@pytest.mark.parametrize(
    ("bindings", "two"),
    [
        ({"roles": ("unit_clerk",), "unit": "justice"}, True),
        ({"roles": ("handler",), "unit": "police-lijin"}, True),
        ({"roles": ("handler",), "unit": "mobile-team"}, True),
        ({"roles": ("leader",), "unit": "justice"}, False),
        ({"roles": ("unit_clerk",), "unit": "water"}, False),
    ],
)
def test_an_account_that_reads_confidential_cases_needs_two_persons(bindings: dict[str, Any], two: bool) -> None:
    """Only units that the list or a plan names for a confidential category get confidential cases."""
    assert needs_second_person(None, Bindings(**bindings), lijin()) is two
    assert not needs_second_person(Bindings(**bindings), Bindings(**bindings), lijin()), (
        "a change without new rights needs one person"
    )


@pytest.mark.parametrize(
    ("bindings", "two"),
    [
        ({"roles": ("unit_clerk",), "unit": "justice"}, True),
        ({"roles": ("handler",), "unit": "water"}, True),
        ({"roles": ("administrator",)}, True),
        ({"roles": ("unit_clerk",)}, False),
        ({"unit": "water"}, False),
        ({"roles": ("hotline",), "channels": ("hotline",)}, False),
    ],
)
def test_a_key_that_reads_confidential_text_needs_two_persons(bindings: dict[str, Any], two: bool) -> None:
    assert key_needs_second_person(Bindings(**bindings)) is two


@pytest.mark.parametrize("page", ["access.md", "access.zh-CN.md"])
def test_the_page_on_access_lists_who_grants_each_role(page: str) -> None:
    """The table of the page agrees with the code."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|[^|]*\| ([^|]*) \|$", text, re.MULTILINE)
    two = {"access.md": "an administrator, approved by a second", "access.zh-CN.md": "一名管理员提出，另一名批准"}[page]
    one = {"access.md": "an administrator", "access.zh-CN.md": "一名管理员"}[page]
    assert GRANTABLE.keys() == {"administrator"}
    expected = [(role, two if role in TWO_PERSON_ROLES else one) for role in GRANTABLE["administrator"]]
    assert rows == expected
