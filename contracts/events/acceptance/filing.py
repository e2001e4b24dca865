"""Acceptance 受理: filing 立案, correcting, voiding and withdrawing a case."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.common import Actor, Channel, Mode, Photo, Place, RequestType
from contracts.events.acceptance.verification import VerifyMode
from contracts.events.discovery import External
from contracts.marks import Redact
from contracts.timeline import (
    About,
    Sentence,
    category,
    instant,
    label,
    label_list,
    value,
)

RecheckMode = Literal["site", "photo", "callback", "document"]

LimitUnit = Literal["urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"]

NotFiledReason = Literal[
    "outside_area", "not_ours", "in_court_or_petition", "to_110", "duplicate", "place_unknown",
    "not_found_on_site", "permitted", "incomplete", "other",
]  # fmt: skip


class Milestone(Contract):
    """One step of a limit: made safe → fixed; stop → penalise → demolish."""

    name: str
    name_en: str
    amount: int = Field(gt=0)
    unit: LimitUnit


class FilingAwaited(Event):
    """The report waits for a person to file it or not: the desk's queue."""

    TYPE = "acceptance.filing_awaited.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="等待人工决定是否立案，进入受理台待办。",
        timeline=Sentence(
            "等待立案，尚缺：{missing}",
            "Waiting to be filed; missing: {missing}",
            {"missing": label_list("missing", labels.MISSING)},
        ),
    )

    missing: tuple[Literal["category", "condition", "photo", "place", "component", "decision"], ...]
    """What a direct filing would have needed; `component` when the one that was named is of another kind than the category;
    `decision` when only a person's word is missing.
    """
    possible_duplicate_of: UUID | None = None
    """A case that may be about the same problem: a person compares."""
    due_at: Instant


class CaseFiled(Event):
    """The case is filed 立案: category and filing condition are fixed, routing may begin. Carries all that command needs."""

    TYPE = "acceptance.case_filed.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="立案：类别与立案条件已定，可以派遣；携带指挥环节所需的全部内容。",
        timeline=Sentence(
            "立案：{category}，{condition}；办结时限 {due}",
            "Filed: {category}, {condition}; due {due}",
            {
                "category": category,
                "condition": value("condition_text", "condition_text_en"),
                "due": instant("case_due_at"),
            },
        ),
    )

    case_number: str
    report_id: UUID
    channel: Channel
    request_type: RequestType
    category_id: str
    category_name: str
    category_name_en: str
    condition_id: str
    condition_text: str
    condition_text_en: str
    closing_condition: str
    closing_condition_en: str
    milestones: tuple[Milestone, ...]
    verify_mode: VerifyMode
    recheck_mode: RecheckMode
    evidence: tuple[str, ...] = ()
    """Photo roles that `complete` must bring."""
    severity: int = Field(ge=1, le=4)
    """1 特别重大 … 4 一般."""
    emergency: bool = False
    confidential: bool = False
    """Then category, condition, closing condition and the names of the milestones say no more than the major: limits stand,
    and the competent unit reads the rest at intake."""
    category_pseudonym: str | None = None
    """Of a confidential case: stands for its category where the installation's key is known, and says nothing elsewhere."""
    place: Annotated[Place, Redact.COMMUNITY]
    community: str
    """12-digit community code."""
    centre_id: str
    """The one responsible centre."""
    component_id: Annotated[str | None, Redact.EMPTY] = None
    description: Annotated[str, Redact.EMPTY] = ""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    reported_at: Instant
    filed_by: Actor
    reporter_officer_id: str | None = None
    """Officer who reported it; may not recheck it."""
    handler_officer_id: str | None = None
    """Officer who settled it on the spot before; may not recheck it."""
    case_due_at: Instant
    """The promise to the reporter; runs from `reported_at`, never restarts."""
    provisional: bool = False
    """The calendar of that year is not yet published; the deadline will be recomputed."""
    external: External | None = None
    discoverable_on_patrol: bool = False
    parent_case_id: UUID | None = None
    possible_duplicate_of: UUID | None = None
    """Filed without waiting, but a case near by may be about the same problem: a person compares."""
    mode: Mode | None = None
    """Of what is no real case, an exercise or a test; none of a real one."""
    joint: bool = False
    """The problem keeps coming back at this place: it is for the joint team of the area, not for one unit."""

    def redacted(self) -> Self:
        """Remove the category and condition, too, if the case was filed openly. The limits stay."""
        event = super().redacted()
        if self.confidential:
            return event
        milestones = (
            each.model_copy(update={"name": f"第{number}步", "name_en": f"Step {number}"})
            for number, each in enumerate(self.milestones, start=1)
        )
        return event.model_copy(
            update={
                "category_id": "-/-/-",
                "category_name": "保密",
                "category_name_en": "Confidential",
                "condition_id": "",
                "condition_text": "",
                "condition_text_en": "",
                "closing_condition": "",
                "closing_condition_en": "",
                "milestones": tuple(milestones),
            }
        )


class CaseCorrected(CaseFiled):
    """更正: category, condition or place of a filed case were wrong and are put right while it goes on. Says all that filing
    says, as it is now; `filed_by` is still who filed it, and the promise to the reporter still runs from the report.
    """

    TYPE = "acceptance.case_corrected.v1"
    ABOUT = About(
        zh="更正：已立案件的类别、立案条件或位置有误，办理中更正；责任单位随之重新确定，上报人的时限不变。",
        timeline=Sentence(
            "更正为：{category}，{condition}；办结时限 {due}",
            "Corrected to: {category}, {condition}; due {due}",
            {
                "category": category,
                "condition": value("condition_text", "condition_text_en"),
                "due": instant("case_due_at"),
            },
            note="note",
        ),
    )

    note: Annotated[str, Redact.EMPTY]
    corrected_by: Actor


class CaseNotFiled(Event):
    """Not filed 不予立案, with the reason the reporter is told. Ends the case."""

    TYPE = "acceptance.case_not_filed.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="不予立案及其理由（告知上报人），案件到此结束。",
        timeline=Sentence(
            "不予立案：{reason}", "Not filed: {reason}", {"reason": label("reason", labels.NOT_FILED)}, note="note"
        ),
    )

    reason: NotFiledReason
    note: Annotated[str, Redact.WITHHOLD] = ""
    decided_by: Actor


class CaseVoided(Event):
    """Found wrong after filing 作废, by the shift lead. Ends the case."""

    TYPE = "acceptance.case_voided.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="立案后发现有误，由值班长作废，案件到此结束。",
        timeline=Sentence("案件作废", "Case voided", note="note"),
    )

    note: Annotated[str, Redact.WITHHOLD]
    decided_by: Actor


class CaseWithdrawn(Event):
    """The reporter took it back. Ends the case if nothing was filed yet."""

    TYPE = "acceptance.case_withdrawn.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="上报人撤回；尚未立案的，案件到此结束。",
        timeline=Sentence("诉求人撤回", "Withdrawn by the reporter", note="note"),
    )

    note: Annotated[str, Redact.WITHHOLD] = ""
    withdrawn_by: Actor
