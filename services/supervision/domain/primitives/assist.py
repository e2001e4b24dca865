"""A request for help 协助 and the shares of those who are asked: its state."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.registry import Limit

ShareStatus = Literal["open", "accepted", "done", "refused", "withdrawn", "lapsed"]
"""Of one officer: asked; taken on 已接受; done or refused; taken back by who asked; or never heard of again."""

WAITING: tuple[ShareStatus, ...] = ("open", "accepted")
"""A word is still waited for: whether it is done, or why not."""

AssistStatus = Literal["open", "accepted", "answered", "withdrawn", "lapsed"]


class Share(BaseModel):
    """What is asked of one officer."""

    status: ShareStatus = "open"
    hours: float
    """As estimated while a word is waited for, as spent once it is done; nothing once it fell away."""
    accepted_at: datetime | None = None
    """When the officer took it on, where that was said."""
    answered_at: datetime | None = None


class Assist(BaseModel):
    """One request for help."""

    admission_id: str
    unit_id: str
    community: str
    asked_at: datetime
    due_at: datetime
    answer_due_at: datetime
    """When what nobody has answered lapses."""
    answer_limit: Limit | None = None
    """While `answer_due_at` may still move with the calendar: how long after `due_at` it was."""
    note: str = ""
    shares: dict[str, Share] = Field(default_factory=dict[str, Share])
    """Officer → share."""

    @property
    def waiting_shares(self) -> dict[str, Share]:
        """Of those who have said neither done nor refused."""
        return {officer_id: share for officer_id, share in self.shares.items() if share.status in WAITING}

    @property
    def provisional(self) -> bool:
        """Whether an answer is waited for until an instant that may still move."""
        return self.answer_limit is not None and bool(self.waiting_shares)

    @property
    def status(self) -> AssistStatus:
        """`accepted`: everybody has spoken and somebody has yet to do it; `lapsed`: at least one share fell away unanswered;
        `withdrawn`: at least one was taken back.
        """
        found = {share.status for share in self.shares.values()}
        for waiting in WAITING:
            if waiting in found:
                return "open" if waiting == "open" else "accepted"
        if "lapsed" in found:
            return "lapsed"
        return "withdrawn" if "withdrawn" in found else "answered"
