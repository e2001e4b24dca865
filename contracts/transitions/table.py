"""The rows of the table, in the order of the loop. A row says which status follows from an event in given statuses."""

from __future__ import annotations

from contracts.base import Event
from contracts.case_state import Status
from contracts.events import acceptance as a
from contracts.events import command as c
from contracts.events import discovery as d
from contracts.events import evaluation as e
from contracts.events import handling as h
from contracts.events import supervision as s
from contracts.events.acceptance import upstream as u
from contracts.transitions.model import FILED, Before, Transition

CLERKS = ("intake_clerk", "shift_lead")
DISPATCHERS = ("dispatcher", "shift_lead")

DISCOVERY = (
    Transition(d.ReportReceived, ("",), "reported", ("reporter", "officer", "intake_clerk"),
               "渠道凭证有效；有位置、网格编码或地址", "valid credentials of the channel; a location, a grid code or an address"),
    Transition(d.ReportReceived, ("",), "settled", ("officer",),
               "当场已处置，立案条件允许自行处置，附前后照片", "settled on the spot, the condition allows it, photos before and after"),
)  # fmt: skip

ACCEPTANCE = (
    Transition(a.VerificationRequested, ("reported",), "verifying", ("system",),
               "渠道须先核实，且非突发、非保密事项", "the channel is verified first, unless emergency or confidential"),
    Transition(a.VerificationRequested, ("awaiting_filing",), "verifying", CLERKS,
               "现场核实须有位置；期间立案时限暂停", "on site it needs a place; the desk's clock stands still meanwhile", "verify"),
    Transition(a.VerificationRecorded, ("verifying",), "awaiting_filing", ("officer", *CLERKS),
               "责任网格的网格员（现场，附照片）或受理员（电话）", "an officer of the duty grid (on site, with photos) or the desk (by phone)",
               "answer_task"),
    Transition(a.FilingAwaited, ("reported", "verifying"), "awaiting_filing", ("system",),
               "缺类别、条件、照片或位置，疑似重复，或须由人决定", "category, condition, photo or place is missing, a duplicate is suspected, or a person must decide"),
    Transition(a.FilingAwaited, ("awaiting_filing",), "awaiting_filing", ("system",),
               "核实后仍须由人决定；沿用剩余立案时限", "verified, but a person must decide still; what was left of the desk's time runs on"),
    Transition(a.FilingAwaited, ("awaiting_dispatch",), "awaiting_filing", ("system",),
               "派遣员退回受理：所填内容保留，立案时限重新计算", "a dispatcher sent it back: what was filled in is kept, the desk's time begins anew"),
    Transition(a.FilingAwaited, ("answered", "settled"), "awaiting_filing", ("system",),
               "结案后重新打开的直接办结、自行处置件", "answered or settled, closed, and opened again"),
    Transition(a.CaseFiled, ("reported",), "awaiting_dispatch", ("system", "officer"),
               "直接立案的渠道且要素齐全，或突发事件，或抽查不通过", "a channel that files directly and nothing is missing, an emergency, or a failed sample"),
    Transition(a.CaseFiled, ("awaiting_filing",), "awaiting_dispatch", CLERKS,
               "已选立案条件，位置已知，已按条件核实；立案岗位由区县设置 filing_roles 指定",
               "a filing condition is chosen, the place known, verified as the condition asks; the district's `filing_roles` say whose post it is",
               "file"),
    Transition(a.CaseFiled, ("awaiting_filing",), "awaiting_dispatch", ("system", "officer"),
               "核实属实且要素齐全（立案岗位不限于值班长时）", "confirmed and nothing missing (unless only the shift lead files)"),
    Transition(a.CaseNotFiled, ("verifying", "awaiting_filing"), "not_filed", CLERKS,
               "须有理由，并告知上报人", "with a reason, which the reporter is told", "not_file"),
    Transition(a.CaseNotFiled, ("awaiting_filing",), "not_filed", ("officer",),
               "现场核实未发现", "not found on site"),
    Transition(a.CaseWithdrawn, ("verifying", "awaiting_filing"), "withdrawn", CLERKS,
               "上报人要求撤回，尚未立案", "the reporter takes it back, and it is not filed yet", "withdraw"),
    Transition(a.CaseAnswered, ("awaiting_filing",), "answered", CLERKS,
               "咨询、建议、表扬，或可直接答复的类别", "an inquiry, a suggestion, praise, or a category that may be answered", "answer"),
    Transition(u.ReturnedUpstream, ("verifying", "awaiting_filing"), "awaiting_filing", ("shift_lead",),
               "上级平台交办而非本级事项，退回一次；等待其答复", "an order of the platform above that is not ours goes back, once; its answer is awaited", "return_upstream"),
    Transition(a.SettlementRecorded, ("settled",), "settled", CLERKS,
               "自行处置获准", "what was settled on the spot is approved", "settlement"),
    Transition(a.SettlementRecorded, ("settled",), "reported", CLERKS,
               "自行处置未获准，转正式受理", "not approved: it is taken in like any report", "settlement"),
    Transition(a.CaseAttached, ("reported",), "attached", ("system",),
               "同一部件，或同类、相近地点与时间（阈值见区县设置）", "the same component, or the same category near in place and time (the district's thresholds)"),
    Transition(a.CaseAttached, ("verifying", "awaiting_filing", *FILED), "attached", CLERKS,
               "主案未结或已结；立案后并案即收回在办派遣单", "the host is open or closed; merging a filed case takes its open orders back", "attach"),
    Transition(a.CaseDetached, ("attached",), "reported", CLERKS, "并案前尚未分流", "it was not triaged when it was attached", "detach"),
    Transition(a.CaseDetached, ("attached",), "settled", CLERKS, "并案前为自行处置", "it was settled on the spot", "detach"),
    Transition(a.CaseDetached, ("attached",), "verifying", CLERKS, "并案前在核实", "it was being verified", "detach"),
    Transition(a.CaseDetached, ("attached",), "awaiting_filing", CLERKS, "并案前待立案", "it waited to be filed", "detach"),
    Transition(a.CaseDetached, ("attached",), "awaiting_dispatch", CLERKS,
               "并案前已立案、未办结：收回的派遣单重新发出；其间更正过的重新认定", "it was filed and not handled: the orders taken back go out again; corrected since, the list is asked", "detach"),
    Transition(a.CaseDetached, ("attached",), "handling", CLERKS,
               "并案前牵头已办结，协办未办结；或牵头的应急单位已接收", "the lead had completed, co-units had not; or an emergency service that leads had acknowledged", "detach"),
    Transition(a.CaseDetached, ("attached",), "awaiting_recheck", CLERKS,
               "并案前已办结：重新下达核查", "it was handled: the recheck is asked for again", "detach"),
    Transition(a.CaseDetached, ("attached",), "rechecking", CLERKS,
               "并案前在核查：随即重新下达", "it was being rechecked: asked for again at once", "detach"),
    Transition(a.CaseDetached, ("attached",), "awaiting_review", CLERKS,
               "并案前待审核", "it waited for a leader's review", "detach"),
    Transition(a.CaseVoided, FILED, "voided", ("shift_lead",),
               "立案后发现有误，尚未结案", "found wrong after filing, and not closed yet", "void"),
)  # fmt: skip

COMMAND = (
    Transition(c.CaseRouted, ("awaiting_dispatch",), "awaiting_dispatch", ("system",),
               "处置责任清单或预案指明单位", "the responsibility list or a plan names the units"),
    Transition(c.CaseRouted, ("awaiting_dispatch",), "awaiting_dispatch", ("dispatcher",),
               "案件在本中心待决定；不得违反清单的否定条目", "the case waits for this centre; negative entries of the list bind", "decide"),
    Transition(c.DecisionNeeded, ("awaiting_dispatch",), "awaiting_dispatch", ("system",),
               "清单无对应条目、两单位先后退单、牵头单被收回，或此前未决定的恢复",
               "the list says nothing, two units returned it, the lead's order was taken back, or it had been asked and not decided"),
    Transition(c.DecisionNeeded, ("awaiting_dispatch",), "awaiting_dispatch", DISPATCHERS,
               "街道呼叫县级中心决定（乡呼县应），每案一次", "the street calls the county, which decides instead; once for each case", "escalate"),
    Transition(c.CaseSentBack, ("awaiting_dispatch",), "awaiting_dispatch", DISPATCHERS,
               "案件在本中心待决定；须有理由，退回受理台（先退原立案人）", "the case waits for this centre; with a reason, to the desk (first to whoever filed it)", "send-back"),
    Transition(c.CaseSentBack, ("awaiting_dispatch",), "awaiting_dispatch", ("system",),
               "以不符合立案条件的退单获准：退回受理台", "a return was accepted that says the filing condition is not met: to the desk"),
    Transition(c.CaseDispatched, ("awaiting_dispatch",), "awaiting_signature", ("system",),
               "牵头派遣单发出", "the lead's order goes out"),
)  # fmt: skip

HANDLING = (
    Transition(h.DispatchSigned, ("awaiting_signature",), "handling", ("unit", *DISPATCHERS),
               "牵头单位签收；派遣员代录电话签收须注明接听人", "the lead signs; a dispatcher who enters it names who took the call", "sign"),
    Transition(h.ReturnRequested, ("awaiting_signature", "handling"), "return_requested", ("unit", *DISPATCHERS),
               "退单期限内，须有理由；期间处置时限暂停", "within the window, with a reason; the order's clocks stand still", "request-return"),
    Transition(h.ReturnAccepted, ("return_requested",), "awaiting_dispatch", DISPATCHERS,
               "准予：派给下一候选单位，两单位退单则现场会商；不符合立案条件的退回受理台",
               "accepted: the next candidate, after two units a joint survey; filing condition not met: back to the desk", "accept-return"),
    Transition(h.ReturnRefused, ("return_requested",), "handling", DISPATCHERS,
               "驳回：单位继续办理，时限顺延", "refused: the unit keeps it, due as much later as its clocks stood", "refuse-return"),
    Transition(h.HandoverRefused, ("awaiting_signature",), "awaiting_dispatch", ("unit", *DISPATCHERS),
               "牵头为应急机构而不接收：责任仍在我，须人工决定", "an emergency service leads and does not take it: it stays ours, a person decides", "refuse-handover"),
    Transition(h.CoUnitReleased, ("handling",), "handling", ("unit", *DISPATCHERS),
               "牵头单位解除协办单位", "the lead lets a co-unit go", "release-co-unit"),
    Transition(c.DispatchWithdrawn, ("awaiting_signature", "handling", "return_requested", "suspended", "rework"),
               "awaiting_dispatch", ("system",),
               "牵头派遣单被收回而案件未结", "the lead's order is taken back while the case goes on"),
    Transition(h.WorkCompleted, ("handling", "suspended", "rework"), "handling", ("unit", *DISPATCHERS),
               "牵头办结，附立案条件要求的凭证", "the lead completes, with the evidence that the condition asks for", "complete"),
    Transition(h.HandlingCompleted, ("handling",), "awaiting_recheck", ("system",),
               "牵头已办结，协办均已办结或解除", "the lead has completed, every co-unit has completed or was let go"),
    Transition(s.SuspensionDecided, ("awaiting_signature", "handling", "rework"), "suspended", DISPATCHERS,
               "批准挂账：一次，至多一年，到期自动恢复", "granted: once, a year at most, it ends by itself", "answer"),
    Transition(s.SuspensionEnded, ("suspended",), "awaiting_signature", ("system",), "挂账到期，此前未签收", "the date has come; it was not signed before"),
    Transition(s.SuspensionEnded, ("suspended",), "handling", ("system",), "挂账到期，此前在处置", "the date has come; it was in hand before"),
    Transition(s.SuspensionEnded, ("suspended",), "rework", ("system",), "挂账到期，此前在返工", "the date has come; it was rework before"),
)  # fmt: skip

SUPERVISION = (
    Transition(s.RecheckRequested, ("awaiting_recheck",), "awaiting_recheck", ("system",),
               "由未参与者按立案条件的方式核查", "by somebody who had no part in it, in the condition's mode"),
    Transition(s.RecheckRequested, ("rechecking",), "awaiting_recheck", ("system",),
               "撤销并案或更正后重新下达", "asked for again after a merge was undone, or a correction"),
    Transition(s.RecheckRequested, ("settled",), "rechecking", ("system",),
               "自行处置被抽中", "what was settled on the spot is in the sample"),
    Transition(s.RecheckClaimed, ("awaiting_recheck",), "rechecking", ("officer", "assessor", *CLERKS),
               "责任网格或相邻网格、未参与上报与处置；电话、文书核查由受理台", "of the duty grid or next to it, with no part in it; calls and documents are the desk's",
               "claim"),
    Transition(s.RecheckPassedOn, ("rechecking",), "awaiting_recheck", ("officer", "system"),
               "领取的网格员办不了，说明理由；或其本人的上报并入本案；自行处置的抽查仍为核查中",
               "the officer who has it cannot do it, and says why; or a report of theirs was attached", "pass-on"),
    Transition(s.RecheckRecorded, ("rechecking",), "rechecking", ("officer", "assessor", *CLERKS),
               "不通过须说明；拍照核查须附照片", "a failure needs words, a recheck by photo needs one", "answer"),
    Transition(s.ReviewRequested, ("awaiting_recheck",), "awaiting_review", ("system",),
               "结果为解释说明或无法解决", "the outcome is *explained* or *not solvable*"),
    Transition(s.ReviewRequested, ("awaiting_review",), "awaiting_review", ("system",),
               "撤销并案后重新提请审核", "asked for again after a merge was undone"),
    Transition(s.ReviewRecorded, ("awaiting_review",), "awaiting_review", ("leader",),
               "领导审核，须有意见", "a leader reviews it, in words", "review"),
    Transition(s.ReworkOrdered, ("rechecking", "awaiting_review"), "rework", ("system",),
               "核查不通过或审核不同意：同一单位，半个原时限", "the recheck failed or the review refused: the same unit, half the original limit"),
    Transition(s.SampleFailed, ("rechecking",), "reported", ("system",),
               "自行处置抽查不通过，转正式案", "the sample failed: it becomes a case"),
    Transition(s.CaseClosed, ("answered",), "closed", ("system",), "咨询已答复", "the inquiry was answered"),
    Transition(s.CaseClosed, ("settled",), "closed", ("system",), "自行处置获准且未被抽中", "approved, and not in the sample"),
    Transition(s.CaseClosed, ("rechecking",), "closed", ("system",), "核查通过，达到结案条件", "the recheck passed, the closing condition is met"),
    Transition(s.CaseClosed, ("awaiting_review",), "closed", ("system",), "审核同意", "the review approved"),
    Transition(s.CaseClosed, ("awaiting_recheck",), "closed", ("system",), "保密案件以主管单位答复为准", "confidential: the competent unit's word closes it"),
    Transition(s.CaseClosed, ("awaiting_recheck", "rechecking"), "closed", ("shift_lead",),
               "值班长对达到结案条件负责", "the shift lead vouches for the closing condition", "close"),
    Transition(s.CaseClosed, FILED, "closed", ("leader",),
               "强制结案：留痕，谁决定谁负责", "by force: the mark stays, and whoever did it answers for it", "force-close"),
    Transition(s.CaseReopened, ("closed", "evaluated"), "rework", ("system",),
               "首报人答未解决（一次）", "the first reporter says it is not solved (once)"),
    Transition(s.CaseReopened, ("closed", "evaluated"), "rework", ("shift_lead", "leader"),
               "立案案件，已有单位办结（或由应急单位牵头接收）：原单位、原时限", "a filed case that a unit had completed, or an emergency service that leads has taken: the same unit, the original limit", "reopen"),
    Transition(s.CaseReopened, ("closed", "evaluated"), "answered", ("shift_lead", "leader"),
               "直接办结的：转待立案", "it was answered at once: the desk has it again", "reopen"),
    Transition(s.CaseReopened, ("closed", "evaluated"), "settled", ("shift_lead", "leader"),
               "自行处置的：转待立案", "it was settled on the spot: the desk has it again", "reopen"),
    Transition(s.CaseReopened, ("closed", "evaluated"), "awaiting_dispatch", ("shift_lead", "leader"),
               "强制结案时尚无单位办结：重新派遣", "closed by force before any unit had completed it: command decides anew", "reopen"),
)  # fmt: skip

EVALUATION = (
    Transition(e.FeedbackRequested, ("closed", "awaiting_feedback"), "awaiting_feedback", ("system",),
               "上报人可联系", "the reporter can be asked"),
    Transition(e.FeedbackRecorded, ("awaiting_feedback",), "awaiting_feedback", ("reporter", "intake_clerk"),
               "尚有上报人未答", "other reporters have not answered", "feedback"),
    Transition(e.FeedbackRecorded, ("awaiting_feedback",), "closed", ("reporter", "intake_clerk"),
               "最后一位上报人已答", "the last reporter has answered", "feedback"),
    Transition(e.FeedbackLapsed, ("awaiting_feedback",), "awaiting_feedback", ("system",),
               "回访期满，尚有他人未答", "the window is over, others have not answered"),
    Transition(e.FeedbackLapsed, ("awaiting_feedback",), "closed", ("system",), "回访期满", "the window is over"),
    Transition(e.CaseEvaluated, ("closed",), "evaluated", ("system",),
               "无人待答，无事待议", "nobody is asked and nothing is before a person any more"),
)  # fmt: skip

OPEN_DISPATCH_STATUSES: tuple[Status, ...] = (
    "awaiting_signature",
    "handling",
    "return_requested",
    "suspended",
    "rework",
)

_AT_THE_DESK: tuple[Status, ...] = ("awaiting_filing", "verifying", "not_filed", "withdrawn")

CORRECTED = (
    *(Transition(a.CaseCorrected, (status,), status, CLERKS,
                 "类别、立案条件或位置有误；上报人的时限从上报起算不变", "category, condition or place was wrong; the promise to the reporter runs from the report as before",
                 "correct")
      for status in FILED),
    *(Transition(fact, (status,), status, ("system",),
                 "更正后重新确定责任单位", "who must act is asked anew after a correction")
      for status in OPEN_DISPATCH_STATUSES for fact in (c.CaseRouted, c.DecisionNeeded)),
    *(Transition(c.CaseRouted, (status,), status, ("dispatcher",),
                 "更正后清单无法确定，由派遣员决定", "after a correction the list does not say who: a dispatcher decides", "decide")
      for status in OPEN_DISPATCH_STATUSES),
    *(Transition(c.DecisionNeeded, (status,), status, DISPATCHERS,
                 "更正后街道呼叫县级中心决定", "after a correction the street calls the county", "escalate")
      for status in OPEN_DISPATCH_STATUSES),
    Transition(c.CaseDispatched, OPEN_DISPATCH_STATUSES, "awaiting_signature", ("system",),
               "更正后改派：新派遣单发出，原单收回（已签收的待新单位签收后收回）",
               "after a correction: a new order goes out, the former is taken back (once signed, when the new one is signed)"),
)  # fmt: skip

CROSSINGS = (
    Transition(a.CaseVoided, ("closed", "awaiting_feedback", "evaluated"), "voided", (),
               "值班长作废时结案尚未传到受理", "the shift lead voided it before intake had heard of the closing", crossed=True),
    Transition(s.CaseClosed, ("attached",), "closed", (),
               "结案时并案尚未传到监督：结案优先", "supervision closed it before it had heard of the merge: closing wins", crossed=True),
    Transition(s.CaseClosed, ("awaiting_filing", "verifying", "not_filed", "withdrawn"), "closed", (),
               "强制结案时退回受理尚未传到监督：结案优先", "closed by force before supervision had heard that it went back to the desk: closing wins", crossed=True),
    *(Transition(s.CaseReopened, ("closed", "evaluated"), status, (),
                 "强制结案并重新打开时，退回受理尚未传到监督", "closed by force and opened again before supervision had heard that it went back to the desk", crossed=True)
      for status in _AT_THE_DESK),
    Transition(s.CaseReopened, ("closed", "evaluated"), "attached", (),
               "重新打开的案件其间已并案", "the case opened again had been merged meanwhile", crossed=True),
    *(Transition(a.CaseDetached, ("attached",), status, (),
                 "撤销并案先于派遣单收回传到", "the undoing arrived before the withdrawals", crossed=True) for status in OPEN_DISPATCH_STATUSES if status != "handling"),
    *(Transition(s.CaseReopened, ("closed", "evaluated"), status, (),
                 "重新打开先于派遣单收回传到", "the opening arrived before the withdrawals", crossed=True) for status in OPEN_DISPATCH_STATUSES if status != "rework"),
    Transition(s.CaseReopened, ("closed", "evaluated"), "awaiting_recheck", (),
               "强制结案时单位恰已办结", "the units had just completed it when it was closed by force", crossed=True),
    Transition(h.ReturnRequested, ("suspended",), "return_requested", (),
               "退单与挂账同时提出", "a return was asked for while the suspension was granted", crossed=True),
    Transition(h.ReturnRefused, ("return_requested",), "suspended", (),
               "退单与挂账同时提出", "a return was asked for while the suspension was granted", crossed=True),
)  # fmt: skip

TABLE: tuple[Transition, ...] = (
    *DISCOVERY, *ACCEPTANCE, *COMMAND, *HANDLING, *CORRECTED, *SUPERVISION, *EVALUATION, *CROSSINGS,
)  # fmt: skip
"""All transitions."""


def after(before: Before, fact: type[Event]) -> frozenset[Status]:
    """Return the statuses that may follow from this event in this status."""
    return frozenset(row.after for row in TABLE if row.fact is fact and before in row.before)


def from_status(status: Before) -> tuple[Transition, ...]:
    """Return the transitions from this status, without those of concurrent events."""
    return tuple(row for row in TABLE if status in row.before and not row.crossed)
