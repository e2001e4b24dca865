"""Overdue notices 超期告知 and supervision orders 督办 that wait for a unit's reply. Supervision stores them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.console.desk.dispatches import Dispatch
from services.console.desk.forms import FormError
from services.console.service_client import ServiceClient, ServiceRefusedError, ServiceUnreachableError
from services.console.session import Account, Reader
from services.console.words import Language, Words

_REPLIERS = frozenset({"unit_clerk", "handler", "team_leader", "leader", "shift_lead", "dispatcher"})


class PendingReply(BaseModel):
    """An overdue notice or supervision order to which the unit has not replied."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    notice_id: str
    kind: Literal["overdue_notice", "supervision_order"]
    text: str
    text_en: str
    issued_at: datetime
    dispatch_id: str | None
    reply_due_at: datetime
    provisional: bool
    """True if the deadline may move when the calendar of its year is announced."""

    @property
    def form(self) -> str:
        """Name, in the page, of the form that replies to this notice or supervision order."""
        return form_of(self.notice_id)


def form_of(notice_id: object) -> str:
    """Return the name of the form that replies to this notice or supervision order."""
    return f"notice-{notice_id}"


def may_reply(account: Account) -> bool:
    """Return whether supervision accepts a reply from this reader."""
    return account.has(*_REPLIERS)


def path_of(dispatch: Dispatch, notice_id: object) -> str:
    """Return the path, at supervision, to which a reply is sent."""
    return f"/api/supervision/cases/{dispatch.case_id}/notices/{notice_id}/reply"


def body_of(fields: Mapping[str, str], t: Words) -> dict[str, str]:
    """Return the JSON body of a reply. Raises `FormError`."""
    if not fields.get("text"):
        raise FormError({"text": t("desk.pending_replies.required")})
    return {"text": fields["text"]}


async def pending_replies(
    services: ServiceClient, reader: Reader, language: Language, dispatch: Dispatch
) -> tuple[PendingReply, ...] | None:
    """Return the overdue notices and supervision orders of a dispatch that wait for a reply, earliest deadline first.

    `None` if supervision is unavailable.
    """
    path = f"/api/supervision/cases/{dispatch.case_id}"
    try:
        answer = await services.request("supervision", "GET", path, token=reader.token, language=language)
    except ServiceUnreachableError:
        return None
    except ServiceRefusedError:  # supervision has not received the case yet
        return ()
    found = (PendingReply.model_validate(each) for each in answer.json()["notices"])
    own = (each for each in found if each.dispatch_id == dispatch.dispatch_id)
    return tuple(sorted(own, key=lambda each: each.reply_due_at))
