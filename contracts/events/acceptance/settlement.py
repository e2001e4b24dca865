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
    """Masked answer in Chinese."""
    answer_en: Annotated[str | None, Redact.WITHHOLD] = None
    """Masked answer in English; null or absent if there is none."""
    knowledge_id: str | None = None
    """Prepared answer of the registry 知识库 that was given; null or absent if a person wrote the answer."""
    control_area_id: UUID | None = None
    """Control area 统一答复区 whose fixed answer was given; null or absent if the answer came from elsewhere."""
    answered_by: Actor


class SettlementRecorded(Event):
    """The desk of intake approved or refused a settlement on the spot 自行处置.

    Some approved settlements are chosen at random for a recheck.
    """

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
    """True if the desk approved the settlement; if false, the desk must decide about filing a case."""
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked reason."""
    sampled: bool = False
    """True if the approved settlement was chosen at random for a recheck."""
    grid_code: Annotated[str, Redact.COMMUNITY]
    """Grid of the problem."""
    officer_id: OfficerId | None = None
    """Officer who settled the problem and so does not recheck it; null or absent if no officer is known."""
    outcome: str = "settled_on_the_spot"
    """`settled_on_the_spot`, or `mediated` for a dispute."""
    recheck_mode: RecheckMode = "site"
    """How a sampled settlement is rechecked."""
    decided_by: Actor
