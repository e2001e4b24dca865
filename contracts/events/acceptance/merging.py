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
    """The report was attached to an open case about the same problem, the host case, and shares its outcome."""

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
    host_case_number: str
    rule: Literal["same_component", "near_in_place_and_time", "by_hand", "merged", "polygon", "split_undone"]
    note: Annotated[str | None, Redact.WITHHOLD] = None
    decided_by: Actor


class CaseDetached(Event):
    """The attachment was undone; the case continues by itself."""

    TYPE = "acceptance.case_detached.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="并案有误，予以撤销，本案照旧进行。",
        timeline=Sentence("解除并案，恢复单独办理", "The case was detached and continues by itself", note="note"),
    )

    host_case_id: UUID
    note: Annotated[str, Redact.EMPTY] = ""
    decided_by: Actor


class CaseSplit(Event):
    """A second problem in the report got a case of its own 拆分.

    If the split is undone, that case is attached again (`case_attached`, rule `split_undone`).
    """

    TYPE = "acceptance.case_split.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="拆分：所报内容的一部分另立一案；撤销拆分时该案并回。",
        timeline=Sentence("拆分出案件 {child_case_number}", "Case {child_case_number} was split off", note="note"),
    )

    child_case_id: UUID
    child_case_number: str
    note: Annotated[str, Redact.EMPTY]
    split_by: Actor


class ReportJoined(Event):
    """Another report was attached to this host case. Its reporter is answered and asked for feedback like the first."""

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
    attached_case_id: UUID
    attached_case_number: str
    channel: Channel
    reporter_officer_id: str | None = None
    """Officer who made the report; neither verifies nor rechecks the host case."""
    reporter_ref: UUID | None = None
    feedback_wanted: bool = False
    reported_at: Instant
    external: External | None = None
    """Number and deadline of the report on another platform."""


class ReportLeft(Event):
    """A report was detached from this host case."""

    TYPE = "acceptance.report_left.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="（主案）一次并入的上报被撤出。",
        timeline=Sentence("一件并入的上报已移出", "An attached report was detached"),
    )

    report_id: UUID
    attached_case_id: UUID


class CaseLinked(Event):
    """Two cases were linked: parent and child, related, or a recurrence at the same place."""

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
    """Relation of the other case to this one."""
    other_case_id: UUID
    other_case_number: str
