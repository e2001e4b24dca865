"""The head of a page offers whoever reads it what will not turn them away, and nothing else."""

from __future__ import annotations

import pytest

from contracts.figures import SUBJECTS
from services.chassis.auth import ROLES
from services.console.menu import DESK, DUTY, FLOODS, LIST, entries_for, menu_for, scorecard_kinds
from services.console.session import Account
from tests.contract.test_access import table

BEHIND = {
    "/duty": ("supervision", "/api/supervision/roster"),
    "/duty/handovers": ("supervision", "/api/supervision/shift-handovers"),
    "/duty/digests": ("supervision", "/api/supervision/digests"),
    "/desk": ("dispatch", "/api/dispatch/dispatches"),
    "/desk/crews": ("dispatch", "/api/dispatch/crews"),
    "/desk/assists": ("supervision", "/api/supervision/assists"),
    "/desk/call-backs": ("supervision", "/api/supervision/call-backs"),
    "/desk/burden": ("supervision", "/api/supervision/burden"),
    "/floods": ("intake", "/api/intake/storms"),
    "/list": ("registry", "/api/registry/list-drafts"),
}
"""The door that each page asks first."""


def account(*roles: str, unit: str | None = None) -> Account:
    return Account(id="1", name="x", roles=list(roles), unit=unit)


@pytest.mark.parametrize("entry", [*DUTY, *DESK, FLOODS, LIST], ids=lambda entry: entry.href)
def test_a_page_is_offered_to_whom_its_service_lets_in(entry: object) -> None:
    href = getattr(entry, "href", "")
    service, path = BEHIND[href]
    row = next(each for each in table(service) if (each.method, each.path) == ("GET", path))
    assert getattr(entry, "roles", None) == row.let_in & set(ROLES)


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        (account("officer"), ["/board", "/duty/digests", "/scorecards", "/desk/assists"]),
        (account("hotline"), ["/board", "/floods", "/scorecards", "/desk/call-backs"]),
        (account("gateway"), ["/board"]),
        (account("lane_lead"), ["/board", "/scorecards"]),
        (account("leader", unit="water"), ["/board", "/scorecards", "/desk"]),
        (account("assessor"), ["/board", "/duty", "/floods", "/scorecards", "/list", "/desk"]),
        (None, ["/board", "/duty", "/floods", "/scorecards", "/list", "/desk"]),
    ],
)
def test_a_part_of_the_site_leads_to_its_first_page_for_the_reader(who: Account | None, offered: list[str]) -> None:
    assert [each.href for each in menu_for(who)] == offered


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (account("leader"), SUBJECTS),
        (account("leader", unit="water"), ("unit",)),
        (account("handler", unit="water"), ("unit",)),
        (account("lane_lead"), ("officer",)),
        (account("hotline"), ("intake_clerk",)),
        (account("dispatcher", "intake_clerk"), ("intake_clerk", "dispatcher")),
        (account("gateway"), ()),
    ],
)
def test_scorecards_are_offered_by_kind_to_whoever_they_are_about(who: Account, seen: tuple[str, ...]) -> None:
    assert scorecard_kinds(who) == seen


def test_a_units_own_leader_is_nobodys_shift_lead() -> None:
    assert [each.href for each in entries_for(DUTY, account("leader", unit="water"))] == []
    assert [each.href for each in entries_for(DESK, account("leader", unit="water"))] == [
        "/desk",
        "/desk/crews",
        "/desk/assists",
        "/desk/burden",
    ]
