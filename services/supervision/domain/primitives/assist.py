"""State of a request for help 协助, with one part for each officer who is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.registry import Limit

ShareStatus = Literal["open", "accepted", "done", "refused", "withdrawn", "lapsed"]
"""Status of one officer's part; `lapsed`: the officer did not report it as done or refused in time."""

WAITING: tuple[ShareStatus, ...] = ("open", "accepted")
"""Statuses in which the officer must still report the part as done or refused."""

AssistStatus = Literal["open", "accepted", "answered", "withdrawn", "lapsed"]


class Share(BaseModel):
    """One officer's part of a request for help."""

    status: ShareStatus = "open"
    hours: float
    """Estimated hours until the officer reports, hours spent once done, 0 after refusal, withdrawal or lapse."""
    accepted_at: datetime | None = None
    """When the officer accepted the part; `None` if the officer has not accepted it."""
    answered_at: datetime | None = None


class Assist(BaseModel):
    """A department's request for help."""

    admission_id: str
    unit_id: str
    community: str
    asked_at: datetime
    due_at: datetime
    answer_due_at: datetime
    """Until when the officers can report their parts as done or refused. Unreported parts then lapse."""
    answer_limit: Limit | None = None
    """Limit from `due_at` to `answer_due_at`; `None` once no new calendar can move the deadline."""
    note: str = ""
    shares: dict[str, Share] = Field(default_factory=dict[str, Share])
    """Officer id → the officer's part."""

    @property
    def waiting_shares(self) -> dict[str, Share]:
        """Parts that the officers have not reported as done or refused."""
        return {officer_id: share for officer_id, share in self.shares.items() if share.status in WAITING}

    @property
    def provisional(self) -> bool:
        """True if a new calendar can still move the answer deadline, and a part is not reported as done or refused."""
        return self.answer_limit is not None and bool(self.waiting_shares)

    @property
    def status(self) -> AssistStatus:
        """Status of the whole request.

        `open`: an officer has not answered yet. `accepted`: every officer has answered, and at least one must still do
        the work. `lapsed`: at least one part lapsed. `withdrawn`: at least one part was withdrawn. `answered`: every
        part is done or refused.
        """
        found = {share.status for share in self.shares.values()}
        for waiting in WAITING:
            if waiting in found:
                return "open" if waiting == "open" else "accepted"
        if "lapsed" in found:
            return "lapsed"
        return "withdrawn" if "withdrawn" in found else "answered"
