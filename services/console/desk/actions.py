"""The actions on a dispatch and the roles that may take them.

The services themselves check whether an action is possible and allowed.
"""

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
"""Form fields for a dispatcher who records an action that a unit reported by phone: who called, and when."""

PHOTOS: Mapping[str, str] = {"photos": "near", "before": "before", "after": "after"}
"""Photo field of a form → role of the photos in this field."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action on a dispatch, with the fields of its form."""

    name: str
    roles: frozenset[str]
    """Roles of which the service requires one for this action."""
    fields: tuple[str, ...] = ()
    needs_reason: bool = False
    """True if the field `note` is required, because it holds the reason."""
    centre_only: bool = False
    """True if people of a unit may not take the action, whatever their roles."""
    by_routing: bool = False
    """True if the service routing handles the action; otherwise dispatch handles it, or supervision if `decides`."""
    decides: Literal["", "extension", "suspension"] = ""
    """The kind of the unit's request that this action decides, at supervision; empty for other actions."""
    grants: bool = False
    by_phone: bool = False
    """True if a dispatcher can record the action for a unit that called, and must then give the caller and the time."""

    def fields_for(self, account: Account) -> tuple[str, ...]:
        """Return the fields of the action's form for this reader."""
        return (*BY_PHONE, *self.fields) if self.by_phone and enters_for_units(account) else self.fields

    def allows(self, account: Account) -> bool:
        """Return whether the reader's roles allow the action."""
        return account.has(*self.roles) and not (self.centre_only and account.unit)


ACTIONS: Mapping[str, Action] = {
    each.name: each
    for each in (
        Action("sign", _WORKERS, by_phone=True),
        Action("accept-return", _DECIDERS, ("note",), needs_reason=True, centre_only=True),
        Action("refuse-return", _DECIDERS, ("note",), needs_reason=True, centre_only=True),
        Action(
            "grant-extension",
            _DECIDERS,
            ("note",),
            needs_reason=True,
            centre_only=True,
            decides="extension",
            grants=True,
        ),
        Action("refuse-extension", _DECIDERS, ("note",), needs_reason=True, centre_only=True, decides="extension"),
        Action(
            "grant-suspension",
            _DECIDERS,
            ("note",),
            needs_reason=True,
            centre_only=True,
            decides="suspension",
            grants=True,
        ),
        Action("refuse-suspension", _DECIDERS, ("note",), needs_reason=True, centre_only=True, decides="suspension"),
        Action("complete", _WORKERS, ("outcome", "note", "before", "after")),
        Action("progress", _WORKERS, ("milestone", "note", "photos")),
        Action("assign", _CLERKS, ("crew",)),
        Action("revoke", _CLERKS),
        Action("request-extension", _CLERKS, ("note",), needs_reason=True),
        Action("request-suspension", _CLERKS, ("until", "note"), needs_reason=True),
        Action("request-return", _CLERKS, ("reason", "note")),
        Action("refuse-handover", _CLERKS, ("note",), needs_reason=True, by_phone=True),
        Action("release-co-unit", _CLERKS, ("co", "note"), needs_reason=True),
        Action(
            "first-response",
            _DECIDERS,
            ("unit", "instructions", "note"),
            needs_reason=True,
            centre_only=True,
            by_routing=True,
        ),
        Action("cancel-handover", _DECIDERS, ("note",), needs_reason=True, centre_only=True, by_routing=True),
    )
}
"""Actions by name, in display order."""


def enters_for_units(account: Account) -> bool:
    """Return whether the reader records actions that units report by phone 补录: true for dispatchers of a centre."""
    return not account.unit and account.has(*_DECIDERS)


def offered(dispatch: Dispatch, account: Account) -> list[Action]:
    """Return the actions that this reader may take on the dispatch now, in display order."""
    possible = {*dispatch.possible, *_of_routing(dispatch), *_of_supervision(dispatch)}
    return [each for each in ACTIONS.values() if each.name in possible and each.allows(account)]


def _of_routing(dispatch: Dispatch) -> set[str]:
    """Return the names of the actions that routing handles and that are possible for this dispatch now."""
    can_be_cancelled = dispatch.handover is not None or dispatch.role == "first_response"
    names = {"cancel-handover"} if can_be_cancelled and dispatch.open else set[str]()
    return names if dispatch.case_ended else names | {"first-response"}


def _of_supervision(dispatch: Dispatch) -> set[str]:
    """Return the names of the actions that decide a pending request of the unit."""
    requested = {
        "extension": dispatch.extension_requested_at is not None,
        "suspension": dispatch.suspension_requested_until is not None,
    }
    return {each.name for each in ACTIONS.values() if dispatch.open and requested.get(each.decides, False)}
