"""Acceptance 受理: reports and cases that belong together (merge 并案, split 拆分, links)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor, Channel
from contracts.events.discovery import External

Relation = Literal["parent", "child", "related", "recurrence"]


class CaseAttached(Event):
    """The report is about a problem that already has a case: it follows that host from now on."""

    TYPE = "acceptance.case_attached.v1"
    SOURCE = "intake"

    host_case_id: UUID
    host_case_number: str
    rule: Literal["same_component", "near_in_place_and_time", "by_hand", "merged", "polygon", "split_undone"]
    note: str | None = None
    decided_by: Actor


class CaseDetached(Event):
    """The attachment was wrong and is undone; the case goes on as before it."""

    TYPE = "acceptance.case_detached.v1"
    SOURCE = "intake"

    host_case_id: UUID
    note: str = ""
    decided_by: Actor


class CaseSplit(Event):
    """拆分: part of what was told is a problem of its own and has its own case from now on. Undone, that case is attached
    again (`case_attached`, rule `split_undone`).
    """

    TYPE = "acceptance.case_split.v1"
    SOURCE = "intake"

    child_case_id: UUID
    child_case_number: str
    note: str
    split_by: Actor


class ReportJoined(Event):
    """On the host: another report about the same problem. Its reporter is answered and asked like the first."""

    TYPE = "acceptance.report_joined.v1"
    SOURCE = "intake"

    report_id: UUID
    attached_case_id: UUID
    attached_case_number: str
    channel: Channel
    reporter_officer_id: str | None = None
    """Officer who reported it: has a part in the host now, and neither verifies nor rechecks it."""
    reporter_ref: UUID | None = None
    feedback_wanted: bool = False
    reported_at: Instant
    external: External | None = None
    """Its number and deadline in another platform's books."""


class ReportLeft(Event):
    """On the host: an attached report was detached again."""

    TYPE = "acceptance.report_left.v1"
    SOURCE = "intake"

    report_id: UUID
    attached_case_id: UUID


class CaseLinked(Event):
    """Two cases know of each other: parent/child, related, or a recurrence at the same place."""

    TYPE = "acceptance.case_linked.v1"
    SOURCE = "intake"

    relation: Relation
    """What the other case is to this one."""
    other_case_id: UUID
    other_case_number: str
