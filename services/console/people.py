"""What people of the centre are called, where a service knows their accounts only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from starlette.requests import Request

from contracts.figures import Subject
from contracts.roles import WATCHING
from services.console import asking
from services.console.session import Reader

BY_ACCOUNT: frozenset[Subject] = frozenset({"intake_clerk", "shift_lead", "dispatcher"})
"""Subjects of scorecards that are accounts."""

_AT_ONCE = 100


async def name(request: Request, who: Reader, items: Iterable[dict[str, Any]]) -> None:
    """Write into each of these subjects what it is called. Readers know what they are called themselves; what the registry
    does not know, or tell this reader, keeps the account for a name.
    """
    of = {each["subject_id"]: each for each in items}
    if own := of.pop(who.account.id, None):
        own.update(name=who.account.name, name_en=who.account.name_en or who.account.name)
    if who.account.unit or not who.account.has(*WATCHING):
        return
    accounts = sorted(filter(_is_account, of))
    for first in range(0, len(accounts), _AT_ONCE):
        told = await asking.ask(request, who, "/api/registry/people", account=accounts[first : first + _AT_ONCE])
        for person in told["items"]:
            of[person["id"]].update(name=person["name"], name_en=person["name_en"] or person["name"])


def _is_account(subject_id: str) -> bool:
    try:
        return str(UUID(subject_id)) == subject_id
    except ValueError:
        return False
