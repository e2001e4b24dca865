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
    """Chinese name, such as 消险."""
    name_en: str
    """English name, such as *made safe*."""
    amount: int = Field(gt=0)
    """Length of the limit, in `unit`."""
    unit: LimitUnit
    """Unit of `amount`. `urgent_*` and `natural_day` run through nights and holidays, `work_*` in office hours."""


class FilingAwaited(Event):
    """The report waits for a person at the desk of intake, who decides about filing."""

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
    """What is missing for automatic filing. `component`: the named component does not fit the category. `decision`:
    only the decision of a person is missing."""
    possible_duplicate_of: UUID | None = None
    """Open case that may be about the same problem, for a person to compare; null or absent if none was found."""
    due_at: Instant
    """Deadline of the decision about filing."""


class CaseFiled(Event):
    """The case was filed 立案: its category and filing condition are decided, and routing can choose the units."""

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
    """Report that was filed as this case."""
    channel: Channel
    """Way by which the report came in."""
    request_type: RequestType
    """Kind of request that the reporter made."""
    category_id: str
    """Category as `standard/kind/code`; for a confidential case only the major class 大类, or `-/-/-` after
    redaction."""
    category_name: str
    """Chinese name of the category; for a confidential case the name of the major class 大类, or 保密 after
    redaction."""
    category_name_en: str
    """English name of the category; for a confidential case the name of the major class, or *Confidential* after
    redaction."""
    condition_id: str
    """Id of the filing condition 立案条件; for a confidential case the code of the major class 大类, or empty after
    redaction."""
    condition_text: str
    """Filing condition in Chinese; for a confidential case the name of the major class 大类, or empty after
    redaction."""
    condition_text_en: str
    """Filing condition in English; for a confidential case the name of the major class, or empty after redaction."""
    closing_condition: str
    """Condition in Chinese that must be met before the case closes 结案条件; a general text for a confidential case."""
    closing_condition_en: str
    """Closing condition in English."""
    milestones: tuple[Milestone, ...]
    """Steps of the handling limit, in order."""
    verify_mode: VerifyMode
    """How the filing condition requires a report to be verified before filing."""
    recheck_mode: RecheckMode
    """How the filing condition requires the work to be rechecked."""
    evidence: tuple[str, ...] = ()
    """Roles of the photos that the lead must provide on completion."""
    severity: int = Field(ge=1, le=4)
    """Severity of the case: 1 特别重大 (gravest), 2 重大, 3 较大, 4 一般."""
    emergency: bool = False
    """True if the emergency plan applies."""
    confidential: bool = False
    """True for a confidential case. The event then names only the major class of the category. The unit reads the
    details from intake."""
    category_pseudonym: str | None = None
    """Pseudonym of the category of a confidential case, which only the key of the installation can resolve; null or
    absent for other cases."""
    place: Annotated[Place, Redact.COMMUNITY]
    """Place of the problem; for a confidential case only the 12 digits of the community."""
    community: str
    """12-digit code of the community that contains the place."""
    centre_id: str
    """Centre that is responsible for the case."""
    component_id: Annotated[str | None, Redact.EMPTY] = None
    """17-digit code of the component that the case is about; null or absent if there is none."""
    description: Annotated[str, Redact.EMPTY] = ""
    """Masked text of the report; empty for a confidential case."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos of the report and of its verification."""
    reported_at: Instant
    """Instant of the report."""
    filed_by: Actor
    """Person at the desk who filed the case, or the system."""
    reporter_officer_id: str | None = None
    """Officer who reported the problem and so does not recheck it; null or absent if another person reported it."""
    handler_officer_id: str | None = None
    """Officer who settled the problem on the spot before the case was filed, and so does not recheck it; null or absent
    if no officer did."""
    case_due_at: Instant
    """Deadline promised to the reporter, counted from `reported_at`. Later events do not restart it."""
    provisional: bool = False
    """True while `case_due_at` may move, because the holidays of its year are not announced."""
    external: External | None = None
    """Number and deadline of the report on another platform; null or absent if it came directly."""
    discoverable_on_patrol: bool = False
    """True if officers on patrol can discover problems of this filing condition."""
    parent_case_id: UUID | None = None
    """Parent case that this case was linked to; null or absent if there is none."""
    possible_duplicate_of: UUID | None = None
    """Open case near by that may be about the same problem, for a person to compare; null or absent if none was found.
    """
    mode: Mode | None = None
    """`exercise` or `test`; null or absent for a real case."""
    joint: bool = False
    """True if the problem keeps recurring at this place, so that the joint team of the area handles it."""

    def redacted(self) -> Self:
        """Also remove the category and the condition, unless the event was already confidential. The limits stay."""
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
    """The category, condition or place of a filed case was corrected 更正.

    The event repeats all fields of `case_filed` with their present values. `filed_by` and `case_due_at`, the deadline
    promised to the reporter, do not change.
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
    """Masked reason for the correction."""
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
    """Reason for not filing. `to_110`: a case for the police. `permitted`: the reported situation has a permit."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked explanation of the reason."""
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
    """Masked reason."""
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
    """Masked reason."""
    withdrawn_by: Actor
