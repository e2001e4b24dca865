"""Acceptance 受理: reports and cases that belong together (merge 并案, split 拆分, links)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor, Channel
from contracts.events.discovery import External
from contracts.marks import Redact
from contracts.timeline import About, Sentence, label

__all__ = [
    "CaseAttached",
    "CaseDetached",
    "CaseLinked",
    "CaseSplit",
    "Relation",
    "ReportJoined",
    "ReportLeft",
]

Relation = Literal["parent", "child", "related", "recurrence"]


class CaseAttached(Event):
    """The report was attached to an open case about the same problem, the host case.

    This case ends with the outcome of the host case.
    """

    TYPE = "acceptance.case_attached.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="本案与已有案件是同一问题，此后跟随主案。",
        timeline=Sentence(
            "并入案件 {host_case_number}（{rule}）",
            "The report was attached to case {host_case_number} ({rule})",
            {"rule": label("rule", labels.ATTACH_RULES)},
            note="note",
        ),
    )

    host_case_id: UUID
    """Host case: the open case that goes on for both reports."""
    host_case_number: str
    """Case number of the host case."""
    rule: Literal["same_component", "near_in_place_and_time", "by_hand", "merged", "polygon", "split_undone"]
    """Why the report belongs to the host case. `polygon`: the report lies in the area of a storm. `by_hand`: a person
    attached the report. `merged`: a person merged a filed case. `split_undone`: a split was undone."""
    note: Annotated[str | None, Redact.WITHHOLD] = None
    """Masked reason that a person gave; null or absent if none was given."""
    decided_by: Actor


class CaseDetached(Event):
    """The attachment to the host case was undone; this case continues by itself."""

    TYPE = "acceptance.case_detached.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="并案有误，予以撤销，本案照旧进行。",
        timeline=Sentence("解除并案，恢复单独办理", "The case was detached and continues by itself", note="note"),
    )

    host_case_id: UUID
    """Host case that this case was attached to before."""
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked reason."""
    decided_by: Actor


class CaseSplit(Event):
    """A second problem in the report of this case became a case of its own 拆分, the child case.

    If the split is undone, the child case is attached to this case again (`case_attached`, rule `split_undone`).
    """

    TYPE = "acceptance.case_split.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="拆分：所报内容的一部分另立一案；撤销拆分时该案并回。",
        timeline=Sentence("拆分出案件 {child_case_number}", "Case {child_case_number} was split off", note="note"),
    )

    child_case_id: UUID
    """New case about the second problem."""
    child_case_number: str
    """Case number of the child case."""
    note: Annotated[str, Redact.EMPTY]
    """Masked reason."""
    split_by: Actor


class ReportJoined(Event):
    """Another report was attached to this case, the host case.

    The reporter of the attached report receives replies and requests for feedback like the first reporter.
    """

    TYPE = "acceptance.report_joined.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="（主案）又有一次上报反映同一问题，其诉求人同样会得到答复与回访。",
        timeline=Sentence(
            "又有上报并入：{attached_case_number}（{channel}）",
            "Report {attached_case_number} was attached ({channel})",
            {"channel": label("channel", labels.CHANNELS)},
        ),
    )

    report_id: UUID
    """Attached report."""
    attached_case_id: UUID
    """Case that the attached report had until now. That case ends with the outcome of this case."""
    attached_case_number: str
    """Case number on the receipt of the attached report."""
    channel: Channel
    """Way by which the attached report came in."""
    reporter_officer_id: str | None = None
    """Officer who made the attached report and so neither verifies nor rechecks this case; null or absent if another
    person made it."""
    reporter_ref: UUID | None = None
    """Reference to the reporter, which only intake can resolve; null or absent if the reporter is unknown or is not to
    be asked for feedback."""
    feedback_wanted: bool = False
    """True if the reporter may be asked for feedback after the case is closed."""
    reported_at: Instant
    """Instant of the attached report."""
    external: External | None = None
    """Number and deadline of the attached report on another platform; null or absent if it came directly."""


class ReportLeft(Event):
    """A report was detached from this case, which was the host case of the report until now."""

    TYPE = "acceptance.report_left.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="（主案）一次并入的上报被撤出。",
        timeline=Sentence("一件并入的上报已移出", "An attached report was detached"),
    )

    report_id: UUID
    """Detached report."""
    attached_case_id: UUID
    """Case of the detached report, which continues by itself."""


class CaseLinked(Event):
    """A link to another case was added.

    The other case is the parent or child of this case, a related case, or about the same problem at another time.
    """

    TYPE = "acceptance.case_linked.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="两案互相关联：父子、相关，或同一地点复发。",
        timeline=Sentence(
            "关联{relation} {other_case_number}",
            "The case was linked to {other_case_number} ({relation})",
            {"relation": label("relation", labels.RELATIONS)},
        ),
    )

    relation: Relation
    """What the other case is to this one. `recurrence`: the same problem occurred again at the same place, in this case
    or the other one."""
    other_case_id: UUID
    """Case that this case was linked to."""
    other_case_number: str
    """Case number of the other case."""
