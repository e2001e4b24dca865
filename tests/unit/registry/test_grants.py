"""Who may give which rights, and what takes two persons."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.roles import GRANTABLE, ROLE_NAMES, TWO_PERSON_ROLES
from deploy.local.home import ROOT
from services.chassis.auth import Caller
from services.registry.domain.bindings import Bindings, guard_grant, key_needs_second_person, needs_second_person
from services.registry.domain.problems import BeyondOwnRights
from tests.unit.registry.lijin import district

STREET = "370522001"


def administrator(**limits: Any) -> Caller:
    return Caller(kind="account", id="a", roles=frozenset({"administrator"}), **limits)


def allowed(grantor: Caller, **bindings: Any) -> bool:
    try:
        guard_grant(grantor, Bindings(**bindings), district())
    except BeyondOwnRights:
        return False
    return True


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_an_administrator_of_the_whole_district_grants_every_role_anywhere(role: str) -> None:
    assert allowed(administrator(), roles=(role,))
    assert allowed(administrator(), roles=(role,), areas=(STREET,), channels=("hotline",), unit="sanitation")


@pytest.mark.parametrize("role", sorted(set(ROLE_NAMES) - GRANTABLE.keys()))
def test_nobody_else_grants_any(role: str) -> None:
    grantor = Caller(kind="account", id="x", roles=frozenset({role}))
    assert not any(allowed(grantor, roles=(each,)) for each in ROLE_NAMES)


def test_an_administrator_of_an_area_grants_within_it() -> None:
    street = administrator(areas=(STREET,))
    assert allowed(street, roles=("dispatcher",), areas=(STREET,))
    assert allowed(street, roles=("officer",), areas=(f"{STREET}003",), officer="officer-jincheng-05")
    assert allowed(street, roles=("unit_clerk",), areas=(STREET,), unit="lijin-street")


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
def test_an_administrator_of_an_area_grants_nothing_outside_of_it(bindings: dict[str, Any]) -> None:
    assert not allowed(administrator(areas=(STREET,)), roles=("dispatcher",), **bindings)


def test_an_administrator_limited_to_channels_grants_no_others() -> None:
    desk = administrator(channels=frozenset({"hotline"}))
    assert allowed(desk, channels=("hotline",))
    assert not allowed(desk, channels=("hotline", "camera"))


@pytest.mark.parametrize("role", sorted(TWO_PERSON_ROLES))
def test_making_or_widening_an_administrator_or_auditor_takes_two_persons(role: str) -> None:
    limited = Bindings(roles=(role,), areas=(STREET,))
    for before in (None, Bindings(roles=("leader",)), limited):
        assert needs_second_person(before, Bindings(roles=(role,)), district())
    assert needs_second_person(limited, limited.model_copy(update={"roles": (role, "leader")}), district())
    assert not needs_second_person(limited, limited, district())
    assert not needs_second_person(Bindings(roles=(role,)), limited, district()), "narrowing takes one"
    assert not needs_second_person(limited, Bindings(roles=("leader",)), district()), "so does taking the role away"


def test_other_roles_take_one_person() -> None:
    others = set(ROLE_NAMES) - TWO_PERSON_ROLES
    assert not any(needs_second_person(None, Bindings(roles=(role,)), district()) for role in others)


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
def test_an_account_that_reads_what_residents_told_in_confidence_takes_two_persons(
    bindings: dict[str, Any], two: bool
) -> None:
    """Only units that the list or a plan names for a confidential category get confidential cases."""
    assert needs_second_person(None, Bindings(**bindings), district()) is two
    assert not needs_second_person(Bindings(**bindings), Bindings(**bindings), district()), "a new name takes one"


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
def test_a_key_that_reads_confidential_text_takes_two_persons(bindings: dict[str, Any], two: bool) -> None:
    assert key_needs_second_person(Bindings(**bindings)) is two


@pytest.mark.parametrize("page", ["access.md", "access.zh-CN.md"])
def test_the_page_on_access_names_who_grants_each_role(page: str) -> None:
    """The table of the page is the table of the code."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|[^|]*\| ([^|]*) \|$", text, re.MULTILINE)
    two = {"access.md": "an administrator, approved by a second", "access.zh-CN.md": "一名管理员提出，另一名批准"}[page]
    one = {"access.md": "an administrator", "access.zh-CN.md": "一名管理员"}[page]
    assert GRANTABLE.keys() == {"administrator"}
    expected = [(role, two if role in TWO_PERSON_ROLES else one) for role in GRANTABLE["administrator"]]
    assert rows == expected
