"""Which pages the head of a page offers: those that would not turn the reader away. The doors themselves are the services'."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.figures import SUBJECTS, Subject
from contracts.roles import WATCHING
from services.console.session import Account


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that may be offered."""

    key: str
    """Of its name in the catalogue."""
    href: str
    roles: frozenset[str] = frozenset()
    """Whom the service behind it lets in; none: everybody who is signed in."""
    centre: bool = False
    """Not for a unit's own people, whatever they are called there."""

    @property
    def under(self) -> str:
        """The part of the site that it belongs to."""
        return "/" + self.href.split("/")[1]

    def lets_in(self, account: Account) -> bool:
        """Whether this account is one of those."""
        return (not self.roles or account.has(*self.roles)) and not (self.centre and account.unit)


def _entry(key: str, href: str, roles: str, *, centre: bool = False) -> Entry:
    return Entry(key, href, frozenset(roles.split()), centre)


DUTY = (
    _entry(
        "duty.roster", "/duty",
        "shift_lead leader dispatcher intake_clerk assessor administrator grid_lead instructor", centre=True,
    ),
    _entry(
        "handovers.title", "/duty/handovers", "intake_clerk shift_lead dispatcher grid_lead leader administrator",
        centre=True,
    ),
    _entry(
        "digests.title", "/duty/digests", "officer grid_lead instructor shift_lead leader assessor administrator",
        centre=True,
    ),
)  # fmt: skip
"""Who is there, what is handed over, and what the week and the month were like."""

DESK = (
    _entry(
        "desk.inbox", "/desk",
        "assessor leader dispatcher shift_lead handler team_leader unit_clerk intake_clerk administrator",
    ),
    _entry(
        "crews.title", "/desk/crews",
        "assessor leader dispatcher shift_lead handler team_leader unit_clerk intake_clerk administrator",
    ),
    _entry(
        "assists.title", "/desk/assists",
        "unit_clerk handler officer shift_lead leader assessor administrator grid_lead instructor",
    ),
    _entry("call_backs.title", "/desk/call-backs", "hotline intake_clerk shift_lead assessor", centre=True),
    _entry(
        "burden.title", "/desk/burden",
        "unit_clerk handler shift_lead leader assessor administrator grid_lead instructor",
    ),
)  # fmt: skip
"""What waits to be done by somebody."""

FLOODS = _entry("nav.floods", "/floods", "intake_clerk shift_lead hotline dispatcher leader assessor", centre=True)
"""Storms and control areas."""

SCORECARDS = Entry("nav.scorecards", "/scorecards")
"""For whom there is a kind of scorecard to see."""

_OWN: dict[Subject, frozenset[str]] = {
    "officer": frozenset({"officer", "grid_lead", "lane_lead", "helper", "team_leader", "instructor"}),
    "intake_clerk": frozenset({"intake_clerk", "hotline"}),
    "dispatcher": frozenset({"dispatcher"}),
}
"""Whose own figures a kind holds."""

LIST = _entry("nav.list", "/list", "administrator dispatcher shift_lead leader assessor", centre=True)
"""The responsibility list and its drafts."""


def open_to(entries: Iterable[Entry], account: Account) -> list[Entry]:
    """Those that are for this account."""
    return [each for each in entries if each.lets_in(account)]


def kinds(account: Account) -> tuple[Subject, ...]:
    """The kinds of scorecards that there are for this account: everybody's for whom the centre has to watch, else their own."""
    if account.unit:
        return ("unit",)
    if account.has(*WATCHING):
        return SUBJECTS
    return tuple(kind for kind in SUBJECTS if account.has(*_OWN.get(kind, ())))


def entries(account: Account | None) -> list[Entry]:
    """The head of a page; of who is not known, everything that there is. A part of the site leads to its first page
    that is for the reader.
    """
    found = [Entry("nav.board", "/board")]
    found += [Entry("nav.duty", each.href) for each in _for(DUTY, account)[:1]]
    found += _for((FLOODS,), account)
    found += [SCORECARDS] if account is None or kinds(account) else []
    found += _for((LIST,), account)
    return found + [Entry("nav.desk", each.href) for each in _for(DESK, account)[:1]]


def _for(entries: Iterable[Entry], account: Account | None) -> list[Entry]:
    return list(entries) if account is None else open_to(entries, account)
