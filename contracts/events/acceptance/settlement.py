"""Acceptance 受理: inquiries answered at once 直接办结, and problems settled on the spot 自行处置."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Event
from contracts.common import Actor
from contracts.events.acceptance.filing import RecheckMode


class CaseAnswered(Event):
    """An inquiry answered at once 直接办结. Ends the case; never dispatched."""

    TYPE = "acceptance.case_answered.v1"
    SOURCE = "intake"

    answer: str
    answer_en: str | None = None
    knowledge_id: str | None = None
    control_area_id: UUID | None = None
    """The control area 管控区 that answers what is reported in it: known already, and until when."""
    answered_by: Actor


class SettlementRecorded(Event):
    """The desk approved or refused what an officer settled on the spot; approved ones may be sampled for a site recheck."""

    TYPE = "acceptance.settlement_recorded.v1"
    SOURCE = "intake"

    approved: bool
    note: str = ""
    sampled: bool = False
    grid_code: str
    officer_id: str | None = None
    """Who settled it: never rechecks it."""
    outcome: str = "settled_on_the_spot"
    recheck_mode: RecheckMode = "site"
    decided_by: Actor
