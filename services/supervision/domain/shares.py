"""A request for help 协办 and the shares of those who are asked: its state."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.registry import Limit

ShareStatus = Literal["open", "done", "refused", "withdrawn", "lapsed"]

AssistStatus = Literal["open", "answered", "withdrawn", "lapsed"]


class Share(BaseModel):
    """What is asked of one officer."""

    status: ShareStatus = "open"
    hours: float
    """As estimated while it is open, as spent once it is done; nothing once it fell away."""
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
    def open_shares(self) -> dict[str, Share]:
        """Of those who have not answered."""
        return {officer_id: share for officer_id, share in self.shares.items() if share.status == "open"}

    @property
    def provisional(self) -> bool:
        """Whether an answer is waited for until an instant that may still move."""
        return self.answer_limit is not None and bool(self.open_shares)

    @property
    def status(self) -> AssistStatus:
        """`lapsed`: at least one share fell away unanswered; `withdrawn`: at least one was taken back."""
        found = {share.status for share in self.shares.values()}
        if "open" in found:
            return "open"
        if "lapsed" in found:
            return "lapsed"
        return "withdrawn" if "withdrawn" in found else "answered"
