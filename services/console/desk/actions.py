"""What the page of one order offers, and to whom. Whether it is possible the services say; they keep the doors, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.console.desk.dispatches import Dispatch
from services.console.session import Account

_DECIDERS = frozenset({"dispatcher", "shift_lead"})
_CLERKS = frozenset({"unit_clerk", "team_leader", *_DECIDERS})
_WORKERS = frozenset({"handler", *_CLERKS})

BY_PHONE = ("contact", "at")
"""What a dispatcher adds who enters what a unit said on the phone."""

PHOTOS: Mapping[str, str] = {"photos": "near", "before": "before", "after": "after"}
"""Fields that hold photos, and in which role."""


@dataclass(frozen=True, slots=True)
class Action:
    """One form of the page."""

    name: str
    roles: frozenset[str]
    """Whom the service behind it lets in."""
    fields: tuple[str, ...] = ()
    why: bool = False
    """The note is the reason for it."""
    centre: bool = False
    """Not for a unit's own people, whatever they are called there."""
    routing: bool = False
    """Routing's, not dispatch's."""
    decides: Literal["", "extension", "suspension"] = ""
    """Supervision's: the unit's request of this kind is granted or refused."""
    grants: bool = False
    by_phone: bool = False
    """A dispatcher who enters it says who called, and when."""

    def asks(self, account: Account) -> tuple[str, ...]:
        """The fields of its form for this reader."""
        return (*BY_PHONE, *self.fields) if self.by_phone and enters_for_units(account) else self.fields

    def lets_in(self, account: Account) -> bool:
        """Whether the reader is one of those whom it is for."""
        return account.has(*self.roles) and not (self.centre and account.unit)


ACTIONS: Mapping[str, Action] = {
    each.name: each
    for each in (
        Action("sign", _WORKERS, by_phone=True),
        Action("accept-return", _DECIDERS, ("note",), why=True, centre=True),
        Action("refuse-return", _DECIDERS, ("note",), why=True, centre=True),
        Action("grant-extension", _DECIDERS, ("note",), why=True, centre=True, decides="extension", grants=True),
        Action("refuse-extension", _DECIDERS, ("note",), why=True, centre=True, decides="extension"),
        Action("grant-suspension", _DECIDERS, ("note",), why=True, centre=True, decides="suspension", grants=True),
        Action("refuse-suspension", _DECIDERS, ("note",), why=True, centre=True, decides="suspension"),
        Action("complete", _WORKERS, ("outcome", "note", "before", "after")),
        Action("progress", _WORKERS, ("milestone", "note", "photos")),
        Action("assign", _CLERKS, ("crew",)),
        Action("revoke", _CLERKS),
        Action("request-extension", _CLERKS, ("note",), why=True),
        Action("request-suspension", _CLERKS, ("until", "note"), why=True),
        Action("request-return", _CLERKS, ("reason", "note")),
        Action("refuse-handover", _CLERKS, ("note",), why=True, by_phone=True),
        Action("release-co-unit", _CLERKS, ("co", "note"), why=True),
        Action("first-response", _DECIDERS, ("unit", "asked", "note"), why=True, centre=True, routing=True),
        Action("cancel-handover", _DECIDERS, ("note",), why=True, centre=True, routing=True),
    )
}
"""In the order in which they are offered."""


def enters_for_units(account: Account) -> bool:
    """Whether the reader writes down what units say on the phone 补录."""
    return not account.unit and account.has(*_DECIDERS)


def offered(dispatch: Dispatch, account: Account) -> list[Action]:
    """What this reader may do with the order now, the next thing to do first."""
    possible = {*dispatch.possible, *_of_routing(dispatch), *_of_supervision(dispatch)}
    return [each for each in ACTIONS.values() if each.name in possible and each.lets_in(account)]


def _of_routing(dispatch: Dispatch) -> set[str]:
    """While the case goes on somebody can be sent ahead; who was called in, or sent ahead, can be called off."""
    called_in = dispatch.handover is not None or dispatch.role == "first_response"
    found = {"cancel-handover"} if called_in and dispatch.open else set[str]()
    return found if dispatch.case_ended else found | {"first-response"}


def _of_supervision(dispatch: Dispatch) -> set[str]:
    """What the unit has asked for and nobody has decided."""
    asked = {
        "extension": dispatch.extension_requested_at is not None,
        "suspension": dispatch.suspension_requested_until is not None,
    }
    return {each.name for each in ACTIONS.values() if dispatch.open and asked.get(each.decides, False)}
