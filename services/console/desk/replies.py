"""What waits for a unit's word about an order: why it is late 超期告知, or a formal order 督办. Supervision keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.console.desk.dispatches import Dispatch
from services.console.desk.forms import FormWrong
from services.console.session import Account, Reader
from services.console.upstream import Refused, Unreachable, Upstream
from services.console.words import Language, Words

_REPLIERS = frozenset({"unit_clerk", "handler", "team_leader", "leader", "shift_lead", "dispatcher"})


class Owed(BaseModel):
    """One question or order that nobody has answered."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    notice_id: str
    kind: Literal["overdue_notice", "formal_order"]
    text: str
    text_en: str
    issued_at: datetime
    dispatch_id: str | None
    reply_due_at: datetime
    provisional: bool
    """It may move when the calendar of its year is announced."""

    @property
    def form(self) -> str:
        """What its form is called on the page."""
        return form_of(self.notice_id)


def form_of(notice_id: object) -> str:
    """What the form is called that answers it."""
    return f"notice-{notice_id}"


def may_reply(account: Account) -> bool:
    """Whether the reader is one of those whom supervision lets answer."""
    return account.has(*_REPLIERS)


def path_of(order: Dispatch, notice_id: object) -> str:
    """Where the answer goes."""
    return f"/api/supervision/cases/{order.case_id}/notices/{notice_id}/reply"


def body_of(fields: Mapping[str, str], t: Words) -> dict[str, str]:
    """What the form says, as supervision takes it. Raises `FormWrong`."""
    if not fields.get("text"):
        raise FormWrong({"text": t("desk.owed.required")})
    return {"text": fields["text"]}


async def owed(services: Upstream, who: Reader, language: Language, order: Dispatch) -> tuple[Owed, ...] | None:
    """What waits for an answer about this order, what is due first first; `None` while supervision cannot say."""
    path = f"/api/supervision/cases/{order.case_id}"
    try:
        answer = await services.request("supervision", "GET", path, token=who.token, language=language)
    except Unreachable:
        return None
    except Refused:  # it has not heard of the case yet
        return ()
    found = (Owed.model_validate(each) for each in answer.json()["notices"])
    about = (each for each in found if each.dispatch_id == order.dispatch_id)
    return tuple(sorted(about, key=lambda each: each.reply_due_at))
