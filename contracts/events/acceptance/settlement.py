"""Acceptance 受理: inquiries answered at once 直接办结, and problems settled on the spot 自行处置."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from contracts.base import Event
from contracts.common import Actor
from contracts.events.acceptance.filing import RecheckMode
from contracts.marks import Redact
from contracts.timeline import About, Choice, OfficerId, Sentence

__all__ = [
    "CaseAnswered",
    "SettlementRecorded",
]


class CaseAnswered(Event):
    """An inquiry was answered at once 直接办结, without a dispatch."""

    TYPE = "acceptance.case_answered.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="咨询当场答复，直接办结，不派遣。",
        timeline=Sentence("直接答复", "The inquiry was answered at once", note="answer"),
    )

    answer: Annotated[str, Redact.WITHHOLD]
    answer_en: Annotated[str | None, Redact.WITHHOLD] = None
    knowledge_id: str | None = None
    control_area_id: UUID | None = None
    """Control area 统一答复区 whose fixed answer was given."""
    answered_by: Actor


class SettlementRecorded(Event):
    """The desk approved or refused a settlement on the spot. Some approved settlements are sampled for a recheck."""

    TYPE = "acceptance.settlement_recorded.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="受理台批准或不批准自行处置；批准的可能被抽中现场核查。",
        timeline=Choice(
            lambda event: "sampled" if event.approved and event.sampled else event.approved,
            {
                True: Sentence("自行处置审核通过", "The settlement was approved", note="note"),
                "sampled": Sentence(
                    "自行处置审核通过，抽中现场核查",
                    "The settlement was approved and drawn for a recheck on site",
                    note="note",
                ),
                False: Sentence("自行处置审核未通过", "The settlement was refused", note="note"),
            },
        ),
    )

    approved: bool
    note: Annotated[str, Redact.EMPTY] = ""
    sampled: bool = False
    grid_code: Annotated[str, Redact.COMMUNITY]
    officer_id: OfficerId | None = None
    """Officer who settled the problem; does not recheck it."""
    outcome: str = "settled_on_the_spot"
    recheck_mode: RecheckMode = "site"
    decided_by: Actor
