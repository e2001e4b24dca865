"""A request for help 协办 and the shares of those who are asked: its state."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

ShareStatus = Literal["open", "done", "refused", "withdrawn"]


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
    note: str = ""
    shares: dict[str, Share] = Field(default_factory=dict[str, Share])
    """Officer → share."""
