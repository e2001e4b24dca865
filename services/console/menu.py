"""The menu: the pages that the reader's roles allow. The services themselves check access to the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.figures import SUBJECTS, Subject
from contracts.roles import FIGURE_ROLES
from services.console.session import Account


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page that the menu links to."""

    key: str
    """Key of the page's name in the catalogue of texts."""
    href: str
    roles: frozenset[str] = frozenset()
    """Roles of which the reader needs one to open the page. Empty means that every signed-in reader may open it."""
    centre_only: bool = False
    """True if people of a unit may not open the page, whatever their roles."""

    @property
    def section(self) -> str:
        """First part of the page's path, such as `/desk`."""
        return "/" + self.href.split("/")[1]

    def allows(self, account: Account) -> bool:
        """Return whether this account may open the page."""
        return (not self.roles or account.has(*self.roles)) and not (self.centre_only and account.unit)


def _entry(key: str, href: str, roles: str, *, centre_only: bool = False) -> MenuEntry:
    return MenuEntry(key, href, frozenset(roles.split()), centre_only)


DUTY = (
    _entry(
        "duty.roster",
        "/duty",
        "shift_lead leader dispatcher intake_clerk assessor administrator grid_lead instructor",
        centre_only=True,
    ),
    _entry(
        "handovers.title",
        "/duty/handovers",
        "intake_clerk shift_lead dispatcher grid_lead leader administrator",
        centre_only=True,
    ),
    _entry(
        "digests.title",
        "/duty/digests",
        "officer grid_lead instructor shift_lead leader assessor administrator",
        centre_only=True,
    ),
)
"""Duty pages."""

DESK = (
    _entry(
        "desk.inbox",
        "/desk",
        "assessor leader dispatcher shift_lead handler team_leader unit_clerk intake_clerk administrator",
    ),
    _entry(
        "crews.title",
        "/desk/crews",
        "assessor leader dispatcher shift_lead handler team_leader unit_clerk intake_clerk administrator",
    ),
    _entry(
        "assists.title",
        "/desk/assists",
        "unit_clerk handler officer shift_lead leader assessor administrator grid_lead instructor",
    ),
    _entry("call_backs.title", "/desk/call-backs", "hotline intake_clerk shift_lead assessor", centre_only=True),
    _entry(
        "burden.title",
        "/desk/burden",
        "unit_clerk handler shift_lead leader assessor administrator grid_lead instructor",
    ),
)
"""Pages of the unit desk."""

FLOODS = _entry("nav.floods", "/floods", "intake_clerk shift_lead hotline dispatcher leader assessor", centre_only=True)
"""The page of storms and control areas."""

SCORECARDS = MenuEntry("nav.scorecards", "/scorecards")
"""The page of scorecards, for readers who may see at least one kind of scorecard."""

_OWN: dict[Subject, frozenset[str]] = {
    "officer": frozenset({"officer", "grid_lead", "lane_lead", "helper", "team_leader", "instructor"}),
    "intake_clerk": frozenset({"intake_clerk", "hotline"}),
    "dispatcher": frozenset({"dispatcher"}),
}
"""Kind of scorecard → roles of the people whom this kind is about. These people may see this kind."""

LIST = _entry("nav.list", "/list", "administrator dispatcher shift_lead leader assessor", centre_only=True)
"""The page of the responsibility list and its drafts."""


def entries_for(entries: Iterable[MenuEntry], account: Account) -> list[MenuEntry]:
    """Return the pages that this account may open."""
    return [each for each in entries if each.allows(account)]


def scorecard_kinds(account: Account) -> tuple[Subject, ...]:
    """Return the kinds of scorecards that this account may see.

    People of a unit see units. `FIGURE_ROLES` see all kinds. Other people see the kind that is about themselves.
    """
    if account.unit:
        return ("unit",)
    if account.has(*FIGURE_ROLES):
        return SUBJECTS
    return tuple(kind for kind in SUBJECTS if account.has(*_OWN.get(kind, ())))


def menu_for(account: Account | None) -> list[MenuEntry]:
    """Return the menu of an account; for `None` the full menu.

    A section links to its first page that the account may open.
    """
    found = [MenuEntry("nav.board", "/board")]
    found += [MenuEntry("nav.duty", each.href) for each in _for(DUTY, account)[:1]]
    found += _for((FLOODS,), account)
    found += [SCORECARDS] if account is None or scorecard_kinds(account) else []
    found += _for((LIST,), account)
    return found + [MenuEntry("nav.desk", each.href) for each in _for(DESK, account)[:1]]


def _for(entries: Iterable[MenuEntry], account: Account | None) -> list[MenuEntry]:
    return list(entries) if account is None else entries_for(entries, account)
