"""Names of people of a centre, for scorecards whose subjects are identified only by account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from starlette.requests import Request

from contracts.figures import Subject
from contracts.roles import FIGURE_ROLES
from services.console import api_client
from services.console.session import Reader

BY_ACCOUNT: frozenset[Subject] = frozenset({"intake_clerk", "shift_lead", "dispatcher"})
"""Kinds of scorecards whose subjects are accounts."""

_BATCH = 100


async def add_names(request: Request, reader: Reader, items: Iterable[dict[str, Any]]) -> None:
    """Set the names of those subjects whose names the reader may know.

    Other subjects keep the id of the account as name.
    """
    by_id = {each["subject_id"]: each for each in items}
    if own := by_id.pop(reader.account.id, None):
        own.update(name=reader.account.name, name_en=reader.account.name_en or reader.account.name)
    if reader.account.unit or not reader.account.has(*FIGURE_ROLES):
        return
    accounts = sorted(filter(_is_account, by_id))
    for first in range(0, len(accounts), _BATCH):
        people = await api_client.get_json(
            request, reader, "/api/registry/people", account=accounts[first : first + _BATCH]
        )
        for person in people["items"]:
            by_id[person["id"]].update(name=person["name"], name_en=person["name_en"] or person["name"])


def _is_account(subject_id: str) -> bool:
    try:
        return str(UUID(subject_id)) == subject_id
    except ValueError:
        return False
