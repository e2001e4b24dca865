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
from contracts.timeline import About, Sentence, category, label, label_list

__all__ = [
    "CaseCorrected",
    "CaseFiled",
    "CaseNotFiled",
    "CaseVoided",
    "CaseWithdrawn",
    "FilingAwaited",
    "LimitUnit",
    "Milestone",
    "NotFiledReason",
    "RecheckMode",
]

RecheckMode = Literal["site", "photo", "callback", "document"]

LimitUnit = Literal["urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"]

NotFiledReason = Literal[
    "outside_area",
    "not_ours",
    "in_court_or_petition",
    "to_110",
    "duplicate",
    "place_unknown",
    "not_found_on_site",
    "permitted",
    "incomplete",
    "other",
]


class Milestone(Contract):
    """One step of a limit with its own deadline, such as *made safe* before *fixed*."""

    name: str
    name_en: str
    amount: int = Field(gt=0)
    unit: LimitUnit


class FilingAwaited(Event):
    """The report waits in the queue of the desk, where a person decides about filing."""

    TYPE = "acceptance.filing_awaited.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="等待人工决定是否立案，进入受理台待办。",
        timeline=Sentence(
            "等待立案，尚缺：{missing}",
            "The report awaits filing; missing: {missing}",
            {"missing": label_list("missing", labels.MISSING)},
        ),
    )

    missing: tuple[Literal["category", "condition", "photo", "place", "component", "decision"], ...]
    """Items missing for automatic filing. `component`: the named component does not fit the category.
    `decision`: only the decision of a person is missing.
    """
    possible_duplicate_of: UUID | None = None
    """Open case that may be about the same problem; a person compares the two."""
    due_at: Instant


class CaseFiled(Event):
    """The case was filed 立案: category and filing condition are fixed, and routing begins."""

    TYPE = "acceptance.case_filed.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="立案：类别与立案条件已定，可以派遣；携带指挥环节所需的全部内容。",
        timeline=Sentence(
            "立案：{category}，{condition_text}；办结时限 {case_due_at}",
            "The case was filed: {category}, {condition_text}; due {case_due_at}",
            {"category": category},
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
    """Roles of the photos required for completion."""
    severity: int = Field(ge=1, le=4)
    """1 特别重大 … 4 一般."""
    emergency: bool = False
    confidential: bool = False
    """True for a confidential case. The event names only the major of the category; the unit reads the details at
    intake."""
    category_pseudonym: str | None = None
    """Pseudonym of the category of a confidential case, readable only with the key of the installation."""
    place: Annotated[Place, Redact.COMMUNITY]
    community: str
    """12-digit community code."""
    centre_id: str
    """The responsible centre."""
    component_id: Annotated[str | None, Redact.EMPTY] = None
    description: Annotated[str, Redact.EMPTY] = ""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    reported_at: Instant
    filed_by: Actor
    reporter_officer_id: str | None = None
    """Officer who reported the problem; does not recheck it."""
    handler_officer_id: str | None = None
    """Officer who settled the problem on the spot before; does not recheck it."""
    case_due_at: Instant
    """Deadline promised to the reporter. It runs from `reported_at` and never restarts."""
    provisional: bool = False
    """True while the holidays of that year are not announced; the deadline may move."""
    external: External | None = None
    discoverable_on_patrol: bool = False
    parent_case_id: UUID | None = None
    possible_duplicate_of: UUID | None = None
    """Open case near by that may be about the same problem; a person compares the two."""
    mode: Mode | None = None
    """`exercise` or `test`; `None` for a real case."""
    joint: bool = False
    """True if the problem keeps recurring here; the joint team of the area handles it."""

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
    """Category, condition or place of a filed case were corrected 更正.

    The event repeats all fields of filing with their present values. `filed_by` and the deadline promised to the
    reporter do not change.
    """

    TYPE = "acceptance.case_corrected.v1"
    ABOUT = About(
        zh="更正：已立案件的类别、立案条件或位置有误，办理中更正；责任单位随之重新确定，诉求人的时限不变。",
        timeline=Sentence(
            "更正为：{category}，{condition_text}；办结时限 {case_due_at}",
            "The case was corrected: {category}, {condition_text}; due {case_due_at}",
            {"category": category},
            note="note",
        ),
    )

    note: Annotated[str, Redact.EMPTY]
    corrected_by: Actor


class CaseNotFiled(Event):
    """The report was not filed 不予立案. The case ends; the reporter receives the reason."""

    TYPE = "acceptance.case_not_filed.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="不予立案及其理由（告知诉求人），案件到此结束。",
        timeline=Sentence(
            "不予立案：{reason}",
            "The report was not filed: {reason}",
            {"reason": label("reason", labels.NOT_FILED)},
            note="note",
        ),
    )

    reason: NotFiledReason
    note: Annotated[str, Redact.WITHHOLD] = ""
    decided_by: Actor


class CaseVoided(Event):
    """The shift lead voided a case that was filed by mistake 作废. The case ends."""

    TYPE = "acceptance.case_voided.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="立案后发现有误，由值班长作废，案件到此结束。",
        timeline=Sentence("案件作废", "The case was voided", note="note"),
    )

    note: Annotated[str, Redact.WITHHOLD]
    decided_by: Actor


class CaseWithdrawn(Event):
    """The reporter withdrew the report before filing. The case ends."""

    TYPE = "acceptance.case_withdrawn.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="诉求人撤回；尚未立案的，案件到此结束。",
        timeline=Sentence("诉求人撤回", "The reporter withdrew the report", note="note"),
    )

    note: Annotated[str, Redact.WITHHOLD] = ""
    withdrawn_by: Actor
