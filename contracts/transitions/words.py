"""Labels of the statuses, events, roles and actions of the table, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from contracts import labels
from contracts.base import Event
from contracts.events import acceptance as a
from contracts.events import command as c
from contracts.events import discovery as d
from contracts.events import evaluation as e
from contracts.events import handling as h
from contracts.events import supervision as s
from contracts.events.acceptance import upstream as u
from contracts.transitions.model import Role


class Word(NamedTuple):
    """The same text in both languages."""

    zh: str
    en: str


STATUSES: dict[str, Word] = {
    **{status: Word(zh, en.capitalize()) for status, (zh, en) in labels.STATUSES.items()},
    "completed": Word("已办结", "Completed"),
    "returned": Word("已退单", "Returned"),
    "released": Word("已解除", "Released"),
    "filed": Word("已立案", "Filed"),
}
"""Statuses of cases and dispatches; `filed` stands for all statuses of a filed case."""

FACTS: dict[type[Event], Word] = {
    u.ReturnedUpstream: Word("退回上级", "returned upstream"),
    d.ReportReceived: Word("上报", "reported"),
    a.VerificationRequested: Word("下达核实", "verification requested"),
    a.VerificationRecorded: Word("核实反馈", "verification recorded"),
    a.FilingAwaited: Word("转待立案", "filing awaited"),
    a.CaseFiled: Word("立案", "filed"),
    a.CaseCorrected: Word("更正", "corrected"),
    a.CaseNotFiled: Word("不予立案", "not filed"),
    a.CaseWithdrawn: Word("撤回", "withdrawn"),
    a.CaseAnswered: Word("答复", "answered"),
    a.SettlementRecorded: Word("自行处置审批", "settlement decided"),
    a.CaseAttached: Word("并案", "attached"),
    a.CaseDetached: Word("撤销并案", "detached"),
    a.CaseVoided: Word("作废", "voided"),
    c.CaseRouted: Word("派遣决定", "routed"),
    c.DecisionNeeded: Word("须人工决定", "decision needed"),
    c.CaseSentBack: Word("退回受理", "sent back to the desk"),
    c.CaseDispatched: Word("派遣", "dispatched"),
    c.DispatchWithdrawn: Word("收回派遣单", "dispatch withdrawn"),
    h.DispatchSigned: Word("签收", "signed"),
    h.ReturnRequested: Word("申请退单", "return requested"),
    h.ReturnAccepted: Word("准予退单", "return accepted"),
    h.ReturnRefused: Word("驳回退单", "return refused"),
    h.HandoverRefused: Word("不接收移交", "hand-over refused"),
    h.CoUnitReleased: Word("解除协办", "co-unit released"),
    h.WorkCompleted: Word("单位办结", "work completed"),
    h.HandlingCompleted: Word("全部办结", "handling completed"),
    s.SuspensionDecided: Word("批准挂账", "suspension granted"),
    s.SuspensionEnded: Word("挂账结束", "suspension ended"),
    s.RecheckRequested: Word("下达核查", "recheck requested"),
    s.RecheckClaimed: Word("领取核查", "recheck claimed"),
    s.RecheckPassedOn: Word("转交核查", "recheck passed on"),
    s.RecheckRecorded: Word("核查反馈", "recheck recorded"),
    s.ReviewRequested: Word("提请审核", "review requested"),
    s.ReviewRecorded: Word("审核", "review recorded"),
    s.ReworkOrdered: Word("返工", "rework ordered"),
    s.SampleFailed: Word("抽查不通过", "sample failed"),
    s.CaseClosed: Word("结案", "closed"),
    s.CaseReopened: Word("重新打开", "reopened"),
    e.FeedbackRequested: Word("回访", "feedback requested"),
    e.FeedbackRecorded: Word("回访答复", "feedback recorded"),
    e.FeedbackLapsed: Word("回访期满", "feedback lapsed"),
    e.CaseEvaluated: Word("评价", "evaluated"),
}
"""Short names of the events of the table."""

ROLES: dict[Role, Word] = {
    "system": Word("系统", "the system"),
    "reporter": Word("上报人", "the reporter"),
    "officer": Word("网格员", "an officer"),
    "intake_clerk": Word("受理员", "an intake clerk"),
    "shift_lead": Word("值班长", "the shift lead"),
    "dispatcher": Word("派遣员", "a dispatcher"),
    "leader": Word("领导", "a leader"),
    "assessor": Word("考核员", "an assessor"),
    "unit": Word("责任单位", "the unit"),
}

ACTIONS: dict[str, Word] = {
    "file": Word("立案", "file"),
    "not_file": Word("不予立案", "not file"),
    "void": Word("作废", "void"),
    "withdraw": Word("撤回", "withdraw"),
    "answer": Word("答复", "answer"),
    "attach": Word("并案", "attach"),
    "detach": Word("撤销并案", "detach"),
    "settlement": Word("审批自行处置", "decide on the settlement"),
    "link": Word("关联", "link"),
    "split": Word("拆分", "split"),
    "unsplit": Word("撤销拆分", "undo the split"),
    "return_upstream": Word("退回上级平台", "return to the upstream platform"),
    "decide_return": Word("记录上级答复", "record the upstream platform's answer"),
    "verify": Word("下达核实", "request a verification"),
    "answer_task": Word("反馈核实", "answer the verification"),
    "correct": Word("更正", "correct"),
    "decide": Word("决定派遣", "choose the units"),
    "send-back": Word("退回受理", "send back to the desk"),
    "escalate": Word("呼叫县级中心", "call the county centre"),
    "sign": Word("签收", "sign"),
    "refuse-handover": Word("不接收移交", "refuse the hand-over"),
    "request-return": Word("申请退单", "request a return"),
    "accept-return": Word("准予退单", "accept the return"),
    "refuse-return": Word("驳回退单", "refuse the return"),
    "assign": Word("内部分派", "assign to a crew"),
    "revoke": Word("收回分派", "revoke the assignment"),
    "progress": Word("上报进展", "report progress"),
    "complete": Word("办结", "complete"),
    "request-extension": Word("申请延期", "request an extension"),
    "request-suspension": Word("申请挂账", "request a suspension"),
    "release-co-unit": Word("解除协办", "release a co-unit"),
    "urge": Word("催办", "urge"),
    "order": Word("督办", "issue a supervision order"),
    "claim": Word("领取任务", "claim a task"),
    "review": Word("审核", "review"),
    "pass-on": Word("转交", "pass the task on"),
    "close": Word("结案", "close"),
    "force-close": Word("强制结案", "close by force"),
    "reopen": Word("重新打开", "reopen"),
    "feedback": Word("记录回访", "record feedback"),
}
"""Actions of people, by their names in the lists of possible actions."""


def named(words: Mapping[Any, Word], keys: Iterable[str]) -> Word:
    """Return the labels of several keys as one enumeration, or a dash. A key without a label stays as it is."""
    found = [words.get(key, Word(key, key)) for key in keys]
    return Word("、".join(each.zh for each in found) or "—", ", ".join(each.en for each in found) or "–")
