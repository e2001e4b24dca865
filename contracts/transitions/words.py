"""Labels of the statuses, events, roles and actions in the transition table, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts import labels
from contracts.base import Event
from contracts.events import acceptance as a
from contracts.events import command as c
from contracts.events import discovery as d
from contracts.events import evaluation as e
from contracts.events import handling as h
from contracts.events import supervision as s
from contracts.events.acceptance import upstream as u
from contracts.timeline import Text
from contracts.transitions.model import Role

STATUSES: dict[str, Text] = {
    **{status: Text(zh, en.capitalize()) for status, (zh, en) in labels.STATUSES.items()},
    "completed": Text("已办结", "Completed"),
    "returned": Text("已退单", "Returned"),
    "released": Text("已解除", "Released"),
    "filed": Text("已立案", "Filed"),
}
"""Labels of the statuses of cases and dispatches. `filed` means all statuses of a filed case together."""

FACTS: dict[type[Event], Text] = {
    u.ReturnedUpstream: Text("退回上级", "returned upstream"),
    d.ReportReceived: Text("上报", "reported"),
    a.VerificationRequested: Text("下达核实", "verification requested"),
    a.VerificationRecorded: Text("核实反馈", "verification recorded"),
    a.FilingAwaited: Text("转待立案", "filing awaited"),
    a.CaseFiled: Text("立案", "filed"),
    a.CaseCorrected: Text("更正", "corrected"),
    a.CaseNotFiled: Text("不予立案", "not filed"),
    a.CaseWithdrawn: Text("撤回", "withdrawn"),
    a.CaseAnswered: Text("答复", "answered"),
    a.SettlementRecorded: Text("自行处置审批", "settlement decided"),
    a.CaseAttached: Text("并案", "attached"),
    a.CaseDetached: Text("撤销并案", "detached"),
    a.CaseVoided: Text("作废", "voided"),
    c.CaseRouted: Text("派遣决定", "routed"),
    c.DecisionNeeded: Text("须人工决定", "decision needed"),
    c.CaseSentBack: Text("退回受理", "sent back to the desk"),
    c.CaseDispatched: Text("派遣", "dispatched"),
    c.DispatchWithdrawn: Text("收回派遣单", "dispatch withdrawn"),
    h.DispatchSigned: Text("签收", "signed"),
    h.ReturnRequested: Text("申请退单", "return requested"),
    h.ReturnAccepted: Text("准予退单", "return accepted"),
    h.ReturnRefused: Text("驳回退单", "return refused"),
    h.HandoverRefused: Text("不接收移交", "hand-over refused"),
    h.CoUnitReleased: Text("解除协办", "co-unit released"),
    h.WorkCompleted: Text("单位办结", "work completed"),
    h.HandlingCompleted: Text("全部办结", "handling completed"),
    s.SuspensionDecided: Text("批准挂账", "suspension granted"),
    s.SuspensionEnded: Text("挂账结束", "suspension ended"),
    s.RecheckRequested: Text("下达核查", "recheck requested"),
    s.RecheckClaimed: Text("领取核查", "recheck claimed"),
    s.RecheckPassedOn: Text("转交核查", "recheck passed on"),
    s.RecheckRecorded: Text("核查反馈", "recheck recorded"),
    s.ReviewRequested: Text("提请审核", "review requested"),
    s.ReviewRecorded: Text("审核", "review recorded"),
    s.ReworkOrdered: Text("返工", "rework ordered"),
    s.SampleFailed: Text("抽查不通过", "sample failed"),
    s.CaseClosed: Text("结案", "closed"),
    s.CaseReopened: Text("重新打开", "reopened"),
    e.FeedbackRequested: Text("回访", "feedback requested"),
    e.FeedbackRecorded: Text("回访答复", "feedback recorded"),
    e.FeedbackLapsed: Text("回访期满", "feedback lapsed"),
    e.CaseEvaluated: Text("评价", "evaluated"),
}
"""Labels of the events in the table."""

ROLES: dict[Role, Text] = {
    "system": Text("系统", "the system"),
    "reporter": Text("诉求人", "the reporter"),
    "officer": Text("网格员", "an officer"),
    "intake_clerk": Text("受理员", "an intake clerk"),
    "shift_lead": Text("值班长", "the shift lead"),
    "dispatcher": Text("派遣员", "a dispatcher"),
    "leader": Text("领导", "a leader"),
    "assessor": Text("考核员", "an assessor"),
    "unit": Text("责任单位", "the unit"),
}

ACTIONS: dict[str, Text] = {
    "file": Text("立案", "file"),
    "not_file": Text("不予立案", "not file"),
    "void": Text("作废", "void"),
    "withdraw": Text("撤回", "withdraw"),
    "answer": Text("答复", "answer"),
    "attach": Text("并案", "attach"),
    "detach": Text("撤销并案", "detach"),
    "settlement": Text("审批自行处置", "decide on the settlement"),
    "link": Text("关联", "link"),
    "split": Text("拆分", "split"),
    "unsplit": Text("撤销拆分", "undo the split"),
    "return_upstream": Text("退回上级平台", "return to the upstream platform"),
    "decide_return": Text("记录上级答复", "record the upstream platform's answer"),
    "verify": Text("下达核实", "request a verification"),
    "answer_task": Text("反馈核实", "answer the verification"),
    "correct": Text("更正", "correct"),
    "decide": Text("决定派遣", "choose the units"),
    "send-back": Text("退回受理", "send back to the desk"),
    "escalate": Text("呼叫县级中心", "call the county centre"),
    "sign": Text("签收", "sign"),
    "refuse-handover": Text("不接收移交", "refuse the hand-over"),
    "request-return": Text("申请退单", "request a return"),
    "accept-return": Text("准予退单", "accept the return"),
    "refuse-return": Text("驳回退单", "refuse the return"),
    "assign": Text("内部分派", "assign to a crew"),
    "revoke": Text("收回分派", "revoke the assignment"),
    "progress": Text("上报进展", "report progress"),
    "complete": Text("办结", "complete"),
    "request-extension": Text("申请延期", "request an extension"),
    "request-suspension": Text("申请挂账", "request a suspension"),
    "release-co-unit": Text("解除协办", "release a co-unit"),
    "urge": Text("催办", "urge"),
    "order": Text("督办", "issue a supervision order"),
    "claim": Text("领取任务", "claim a task"),
    "review": Text("审核", "review"),
    "pass-on": Text("转交", "pass the task on"),
    "close": Text("结案", "close"),
    "force-close": Text("强制结案", "close by force"),
    "reopen": Text("重新打开", "reopen"),
    "feedback": Text("记录回访", "record feedback"),
}
"""Labels of the actions of people, by name of the action as in the lists of possible actions."""


def named(words: Mapping[Any, Text], keys: Iterable[str]) -> Text:
    """Return the labels of the keys as one text, joined by commas; a dash if there are no keys.

    A key without a label stays as it is.
    """
    found = [words.get(key, Text(key, key)) for key in keys]
    return Text("、".join(each.zh for each in found) or "—", ", ".join(each.en for each in found) or "–")
