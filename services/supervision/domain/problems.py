"""Problem types of supervision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from services.chassis.problems import Problem, RefusedWithAlternatives


class CaseUnknown(Problem):
    """The case does not exist or is outside the caller's area; callers cannot tell which."""

    status = 404
    zh = "没有案件 {case}，或它不在您的辖区。请检查编号。"
    en = "There is no case {case}, or it is not in your area. Check the id."


class TaskUnknown(Problem):
    status = 404
    zh = "没有任务 {task}，或它不归您办理。请检查编号。"
    en = "There is no task {task}, or you may not do it. Check the id."


class ReportUnknown(Problem):
    status = 404
    zh = "此案没有上报 {report}。请检查编号。"
    en = "This case has no report {report}. Check the id."


class OrderUnknown(Problem):
    status = 404
    zh = "没有等待贵单位答复的督办或告知 {order}。请检查编号。"
    en = "No supervision order or notice {order} waits for a reply of your unit. Check the id."


class DispatchUnknown(Problem):
    status = 404
    zh = "此案没有在办的派遣单 {dispatch}。请检查编号。"
    en = "This case has no open dispatch {dispatch}. Check the id."


class SubjectUnknown(Problem):
    status = 404
    zh = "没有评价对象 {subject}。请检查类别和编号。"
    en = "There is no subject {subject}. Check the kind and the id."


class AssistUnknown(Problem):
    status = 404
    zh = "没有协助请求 {assist}，或它与您无关。请检查编号。"
    en = "There is no request for help {assist}, or you have no part in it. Check the id."


class NotOnTheList(Problem):
    status = 422
    zh = "“{item}”不在贵单位现行的事项准入清单内，不能请网格员协助。请从清单内的事项中选择。"
    en = (
        "{item} is not a valid item of your unit on the admission list, so officers cannot be asked to help with it."
        " Choose an item of the list."
    )


class MoreThanGranted(Problem):
    status = 409
    zh = "超过准入清单核定的每人每月 {granted} 小时（已达 {asked} 小时）。请减少时长、改到下月，或撤回未办的请求。"
    en = (
        "The list grants {granted} hours a month for each officer; with this request it would be {asked} hours. Ask for"
        " fewer hours, ask for help next month, or withdraw an unfinished request."
    )


class CommunityUnknown(Problem):
    status = 422
    zh = "没有社区 {community}。请检查编码。"
    en = "There is no community {community}. Check the code."


class DueInThePast(Problem):
    status = 422
    zh = "完成期限须晚于现在。请修改期限。"
    en = "The deadline must be later than now. Change the deadline."


class NobodyToHelp(Problem):
    status = 409
    zh = "社区 {community} 没有网格员可以协助。请自行安排人员。"
    en = "Community {community} has no officers who could help. Send your own staff."


class ShareNotOpen(Problem):
    status = 409
    zh = "您的这份协助已是“{status}”，不能再改。"
    en = "Your share is already {status_en} and cannot be changed."


class TaskTaken(Problem):
    status = 409
    zh = "任务已由他人领取或完成。请刷新列表。"
    en = "Somebody else took or finished this task. Reload the list."


class TaskCancelled(Problem):
    status = 409
    zh = "任务已撤销，无需再办。"
    en = "This task was cancelled. You need not do it."


class NotIndependent(Problem):
    status = 403
    zh = (
        "您参与过本案（含并入的上报）的上报或处置，或属于该专属网格，不能核查。由他人核查；任务原在您处的，已自动改派。"
    )
    en = (
        "You reported or handled this case or an attached report, or you belong to its dedicated grid, so you cannot"
        " recheck it. Somebody else must do it; a task that you had was reassigned automatically."
    )


class OwnAppeal(Problem):
    status = 403
    zh = "这是您本人或本单位的申诉，不能由您裁定。请由其他考评员裁定。"
    en = "This is your own appeal or that of your unit. Another assessor must decide it."


class OfficerUnsuitable(Problem):
    status = 422
    zh = "网格员 {officer} 不存在、参与过本案的上报或处置，或属于该专属网格，不能核查。请另派。"
    en = (
        "Officer {officer} does not exist, reported or handled this case, or belongs to its dedicated grid, and so"
        " cannot recheck it. Send another officer."
    )


class PhotoNeeded(Problem):
    status = 422
    zh = "此任务须附处置后的现场照片，请拍摄后一并提交。"
    en = "This task needs a photo of the place after the work. Take one and send it with the answer."


class NoteNeeded(Problem):
    status = 422
    zh = "请在备注中说明理由。"
    en = "Give the reason in the note."


class RefusedByRule(Problem):
    """The rules do not allow the dispatcher to grant a unit's request. The dispatcher can refuse it with a note."""

    status = 409
    zh = "按规定不能批准：{why_zh}。可以不予批准，并在备注中说明。"
    en = "The rules do not allow this: {why_en}. Refuse it and give the reason in the note."


class ExtensionRefusedByRule(RefusedByRule):
    """The rules do not allow the dispatcher to grant this extension 延期."""


class SuspensionRefusedByRule(RefusedByRule):
    """The rules do not allow the dispatcher to grant this suspension 挂账."""


class NothingToAppeal(Problem):
    status = 409
    zh = "此案没有可申诉的计数项，或所选计数项不在其中。请从本案对您不利的计数项中选择。"
    en = (
        "This case has no figure that you can appeal, or the chosen figures do not count against you. Choose figures of"
        " this case that count against you."
    )


class AppealedBefore(Problem):
    status = 409
    zh = "此案您已申诉过，每案只能申诉一次；结果见案件。"
    en = "You have already appealed in this case; one appeal per case is allowed. The case shows the decision."


class FeedbackNotOpen(RefusedWithAlternatives):
    status = 409
    zh = "此上报现在不等待评价：{reason_zh}。{instead_zh}。本案现在可以：{possible}。"
    en = "No feedback is awaited on this report: {reason}. {instead}. Possible now: {possible}."

    def __init__(self, why: NotAwaited, possible: Sequence[str]) -> None:
        reason_zh, reason, instead_zh, instead = _NOT_AWAITED[why]
        super().__init__(
            why=why, reason=reason, reason_zh=reason_zh, instead=instead, instead_zh=instead_zh, possible=list(possible)
        )


NotAwaited = Literal["not_closed", "answered", "period_ended"]

_NOT_AWAITED: dict[NotAwaited, tuple[str, str, str, str]] = {
    "not_closed": (
        "案件尚未办结",
        "the case is not closed yet",
        "有新情况请补充到上报中，办结后再评价",
        "Add new information to the report and give feedback once the case is closed",
    ),
    "answered": (
        "已经评价",
        "it was already given",
        "情况有变的，请重新上报，或请值班长重新打开",
        "If the situation has changed, report it again or ask the shift lead to reopen the case",
    ),
    "period_ended": (
        "评价期已过，或已不再回访",
        "the feedback period has ended, or the centre has stopped calling",
        "仍未解决的，请重新上报，或请值班长重新打开",
        "If the problem is not solved, report it again or ask the shift lead to reopen the case",
    ),
}


class PointUnknown(Problem):
    status = 404
    zh = "没有巡查点 {point}。请检查编号。"
    en = "There is no duty point {point}. Check the id."


class CheckInTimeImplausible(Problem):
    status = 422
    zh = "签到时间不能晚于现在，也不能早于 {hours} 小时前。请校准终端时间；离线记录请及时上传。"
    en = (
        "A check-in cannot be in the future or more than {hours} hours ago. Correct the clock of the terminal, and hand"
        " in offline check-ins in time."
    )


class NotYourRound(Problem):
    status = 409
    zh = "签到时您不当班，或“{point}”不在您当班的网格。当班与巡查点见 GET /api/supervision/patrol/mine。"
    en = (
        "You were not on duty then, or {point_en} is not in a grid of your shift."
        " Your shift and its points: GET /api/supervision/patrol/mine."
    )


class PositionUncertain(Problem):
    status = 422
    zh = "定位误差 {accuracy_m} 米，超过 {at_most_m} 米，不能作为到位依据。请到开阔处重新定位。"
    en = "The position is uncertain by {accuracy_m} m, more than {at_most_m} m. Go to an open place and locate again."


class TooFar(Problem):
    status = 422
    zh = "距“{point}”{distance_m} 米，须在 {radius_m} 米以内。请走近后再签到。"
    en = "You are {distance_m} m from {point_en} but must be within {radius_m} m. Go nearer and check in again."


class SheetUnknown(Problem):
    status = 404
    zh = "没有交接班单 {sheet}，或它不在您的辖区。请检查编号。"
    en = "There is no handover sheet {sheet}, or it is not in your area. Check the id."


class SignedBySomebodyElse(Problem):
    status = 409
    zh = "已由他人签认（{by}）。"
    en = "Somebody else has signed it ({by})."


class BothSidesNeeded(Problem):
    status = 409
    zh = "交班与接班不能由同一人签认。请由另一方签认。"
    en = "The same person cannot sign for both sides. A person of the other shift must sign."


class DigestUnknown(Problem):
    status = 404
    zh = "没有周回顾或月分析 {digest}，或它不在您的辖区。请检查编号。"
    en = "There is no digest {digest}, or it is not in your area. Check the id."
