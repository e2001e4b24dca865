"""Public status of a report, in plain words for residents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.base import Event, Instant
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from contracts.events.acceptance import storms
from contracts.labels import NOT_FILED, Labels
from contracts.timeline import Text
from services.tracking.domain.fold import fold
from services.tracking.domain.names import Names
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.summary import Summary
from services.tracking.domain.timeline import Bilingual

STATUSES: Labels = {
    "reported": ("已收到", "received"),
    "settled": ("已当场处置，正在审核", "settled on the spot, being checked"),
    "answered": ("已答复", "answered"),
    "attached": ("已与同一问题的诉求合并办理", "handled together with another report of the same problem"),
    "verifying": ("正在核实", "being verified"),
    "awaiting_filing": ("正在审核", "being examined"),
    "not_filed": ("不予受理", "not accepted"),
    "withdrawn": ("已撤回", "withdrawn"),
    "voided": ("已终止", "ended"),
    "awaiting_dispatch": ("已受理，正在安排责任单位", "accepted, a responsible unit is being chosen"),
    "awaiting_signature": ("已转办", "passed to the responsible unit"),
    "handling": ("正在办理", "being handled"),
    "return_requested": ("正在协调责任单位", "the responsible unit is being settled"),
    "suspended": ("暂缓办理", "suspended for a time"),
    "awaiting_recheck": ("已办理，等待核查", "done, waiting to be checked"),
    "rechecking": ("已办理，正在核查", "done, being checked"),
    "awaiting_review": ("已办理，正在审核", "done, being reviewed"),
    "rework": ("正在重新办理", "being handled again"),
    "closed": ("已办结", "completed"),
    "awaiting_feedback": ("已办结，请您评价", "completed, please say whether it is solved"),
    "evaluated": ("已办结", "completed"),
}

_TextOf = Callable[[Any, Names], Text]


def _fixed_text(zh: str, en: str) -> _TextOf:
    return lambda *_: Text(zh, en)


def _unit_text(zh: str, en: str) -> _TextOf:
    def text_of(event: Any, names: Names) -> Text:
        unit = names.unit(event.unit_id)
        return Text(zh.format(unit.zh), en.format(unit.en))

    return text_of


def _not_filed(event: acceptance.CaseNotFiled, _: Names) -> Text:
    zh, en = NOT_FILED[event.reason]
    return Text(f"不予受理：{zh}", f"Not accepted: {en}")


PUBLIC_STEPS: Mapping[type[Event], _TextOf] = {
    discovery.ReportReceived: _fixed_text("已收到您的诉求", "Your report was received"),
    acceptance.VerificationRequested: _fixed_text("正在核实情况", "The situation is being verified"),
    acceptance.CaseFiled: _fixed_text("已受理", "Accepted"),
    acceptance.CaseNotFiled: _not_filed,
    acceptance.CaseWithdrawn: _fixed_text("已按您的要求撤回", "Withdrawn as you asked"),
    acceptance.CaseVoided: _fixed_text("办理终止", "Ended"),
    acceptance.CaseAnswered: _fixed_text("已答复", "Answered"),
    storms.ReplyGiven: _fixed_text("已答复", "Answered"),
    acceptance.CaseAttached: _fixed_text(
        "已与同一问题的诉求合并办理", "Joined with another report of the same problem"
    ),
    acceptance.CaseDetached: _fixed_text("恢复单独办理", "Handled separately again"),
    command.CaseDispatched: _unit_text("已转{}办理", "Passed to {}"),
    handling.DispatchSigned: _unit_text("{}已接收", "{} has accepted it"),
    handling.ProgressReported: _unit_text("{}正在办理", "{} is working on it"),
    handling.HandlingCompleted: _fixed_text("办理完毕，等待核查", "Done, waiting to be checked"),
    supervision.ReworkOrdered: _unit_text("核查未通过，{}重新办理", "The check failed, {} is handling it again"),
    supervision.CaseClosed: _fixed_text("已办结", "Completed"),
    supervision.CaseReopened: _fixed_text("重新办理", "Being handled again"),
    evaluation.FeedbackRequested: _fixed_text("请您评价", "Please say whether it is solved"),
    evaluation.FeedbackRecorded: _fixed_text("已收到评价，谢谢", "Your answer was received, thank you"),
}
"""Event type → text of the step that the reporter sees. Other events are not shown to the reporter."""


class PublicStep(BaseModel):
    """One step of a report, in plain words for residents."""

    at: Instant
    text: Bilingual


class PublicStatus(BaseModel):
    """Status of a resident's report 诉求."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    case_number: str
    status: str
    text: Bilingual
    reported_at: Instant | None
    due_at: Instant | None
    """Deadline promised to the reporter. It never restarts."""
    provisional: bool
    """True if the deadline may move when the working days of its year are announced."""
    completed_at: Instant | None
    attached_to: str | None
    """Number of the case to which this report is attached; null if it is not attached.

    If it is attached, `status` and `text` describe that case.
    """
    answer: str | None
    """Answer to the reporter; null if there is none."""
    answer_en: str | None
    reason: Bilingual | None
    """Why the report was not accepted; null otherwise."""
    feedback_wanted: bool
    """True if the reporter is asked whether the problem is solved."""
    steps: list[PublicStep]


def public_status(recorded: Sequence[RecordedEvent], names: Names, host: Summary | None = None) -> PublicStatus:
    """Return the status for the reporter. A report that is attached to the case `host` has the status of `host`."""
    record = fold(recorded)
    shown = host or record
    status = shown.facts.status
    reason = NOT_FILED.get(record.not_filed_reason)
    return PublicStatus(
        case_number=record.facts.case_number,
        status=status,
        text=Bilingual.of(Text(*STATUSES[status])),
        reported_at=record.reported_at,
        due_at=record.case_due_at or shown.case_due_at,
        provisional=(record if record.case_due_at else shown).case_due_provisional,
        completed_at=shown.closed_at,
        attached_to=record.attached_to.case_number if record.attached_to else None,
        answer=record.answer or None,
        answer_en=record.answer_en or None,
        reason=Bilingual.of(Text(*reason)) if reason else None,
        feedback_wanted=bool(shown.facts.feedback_open),
        steps=_steps(recorded, names, confidential=record.facts.confidential),
    )


def _steps(recorded: Iterable[RecordedEvent], names: Names, *, confidential: bool) -> list[PublicStep]:
    """Return the steps by time, without direct repetitions; for a confidential case only receipt and completion."""
    found: list[PublicStep] = []
    for meta, event, _ in sorted(recorded, key=lambda each: each.meta.time):
        text_of = PUBLIC_STEPS.get(type(event))
        if text_of is None or (confidential and not isinstance(event, _SHOWN_WHEN_CONFIDENTIAL)):
            continue
        text = Bilingual.of(text_of(event, names))
        if not found or found[-1].text != text:
            found.append(PublicStep(at=meta.time, text=text))
    return found


_SHOWN_WHEN_CONFIDENTIAL = (discovery.ReportReceived, supervision.CaseClosed)
