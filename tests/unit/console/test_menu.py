"""The menu of a page offers exactly the pages that admit the reader."""

from __future__ import annotations

import pytest

from contracts.figures import SUBJECTS
from services.chassis.auth import ROLES
from services.console.menu import DESK, DUTY, FLOODS, LIST, entries_for, menu_for, scorecard_kinds
from services.console.session import Account
from tests.support.access_table import table

FIRST_CALL = {
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
"""The service and path that each page calls first."""


def account(*roles: str, unit: str | None = None) -> Account:
    return Account(id="1", name="x", roles=list(roles), unit=unit)


@pytest.mark.parametrize("entry", [*DUTY, *DESK, FLOODS, LIST], ids=lambda entry: entry.href)
def test_a_page_is_offered_to_the_roles_that_its_service_admits(entry: object) -> None:
    href = getattr(entry, "href", "")
    service, path = FIRST_CALL[href]
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
def test_a_menu_entry_leads_to_the_first_page_that_admits_the_reader(who: Account | None, offered: list[str]) -> None:
    assert [each.href for each in menu_for(who)] == offered


@pytest.mark.parametrize(
    ("who", "kinds"),
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
def test_scorecards_are_offered_by_the_kinds_that_the_account_may_read(who: Account, kinds: tuple[str, ...]) -> None:
    assert scorecard_kinds(who) == kinds


def test_a_leader_of_a_unit_sees_no_pages_of_the_centre() -> None:
    assert [each.href for each in entries_for(DUTY, account("leader", unit="water"))] == []
    assert [each.href for each in entries_for(DESK, account("leader", unit="water"))] == [
        "/desk",
        "/desk/crews",
        "/desk/assists",
        "/desk/burden",
    ]
