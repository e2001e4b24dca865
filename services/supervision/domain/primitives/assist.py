"""State of a request for help 协助 and the shares of the officers who are asked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.registry import Limit

ShareStatus = Literal["open", "accepted", "done", "refused", "withdrawn", "lapsed"]
"""Status of one officer's share; `lapsed` means that the officer never answered."""

WAITING: tuple[ShareStatus, ...] = ("open", "accepted")
"""Statuses in which the officer must still report the share as done or refused."""

AssistStatus = Literal["open", "accepted", "answered", "withdrawn", "lapsed"]


class Share(BaseModel):
    """The share of one officer."""

    status: ShareStatus = "open"
    hours: float
    """Estimated hours while an answer is awaited, hours spent once done, 0 after refusal, withdrawal or lapse."""
    accepted_at: datetime | None = None
    """When the officer accepted the share; `None` if the officer answered without accepting first."""
    answered_at: datetime | None = None


class Assist(BaseModel):
    """One request for help."""

    admission_id: str
    unit_id: str
    community: str
    asked_at: datetime
    due_at: datetime
    answer_due_at: datetime
    """When shares without an answer lapse."""
    answer_limit: Limit | None = None
    """Limit that leads from `due_at` to `answer_due_at`, while the calendar can still move it."""
    note: str = ""
    shares: dict[str, Share] = Field(default_factory=dict[str, Share])
    """Officer id → share."""

    @property
    def waiting_shares(self) -> dict[str, Share]:
        """Shares that are neither done nor refused."""
        return {officer_id: share for officer_id, share in self.shares.items() if share.status in WAITING}

    @property
    def provisional(self) -> bool:
        """True if the answer deadline can still move and somebody still has to answer."""
        return self.answer_limit is not None and bool(self.waiting_shares)

    @property
    def status(self) -> AssistStatus:
        """Status of the whole request.

        `accepted`: every officer has answered and at least one must still do the work. `lapsed`: at least one share
        lapsed. `withdrawn`: at least one share was withdrawn.
        """
        found = {share.status for share in self.shares.values()}
        for waiting in WAITING:
            if waiting in found:
                return "open" if waiting == "open" else "accepted"
        if "lapsed" in found:
            return "lapsed"
        return "withdrawn" if "withdrawn" in found else "answered"
