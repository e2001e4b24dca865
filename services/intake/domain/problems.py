"""Problems that intake refuses requests with. Each class is one stable problem type."""

from __future__ import annotations

from typing import Literal

from services.chassis.problems import Problem, RefusedWithAlternatives

UnsuitableReason = Literal["same", "attached", "ended", "mode", "confidential"]


class ChannelNotAllowed(Problem):
    status = 403
    zh = "您的凭证不能以“{channel}”渠道上报。可用渠道：{allowed}。"
    en = "Your credentials may not report by channel {channel}. Use one of: {allowed}."


class DeskOnly(Problem):
    status = 403
    zh = "“{field}”只能由受理台设置。请去掉此字段。"
    en = "Only the desk may set {field}. Leave it out."


class OutOfYourArea(Problem):
    status = 403
    zh = "所画区域超出您的辖区。请缩小范围，或请上级中心设立。"
    en = "The polygon is not inside your area. Draw a smaller one, or ask the centre above to declare it."


class NotYourTask(Problem):
    status = 403
    zh = "此任务不由您办理：{whose_zh}。如需换人，请值班长、派遣员或该网格的网格长另行指派。"
    en = "This task is not yours: {whose}. The shift lead, a dispatcher or a lead of the grid can assign somebody else."


class ReportedByYou(Problem):
    status = 403
    zh = "本案或并入本案的上报由您提出，您不能核实：{whose_zh}。您无需再办理；如需换人，请值班长另行指派。"
    en = (
        "You reported this case or a report attached to it, so you cannot verify it: {whose}. You need not do "
        "anything; the shift lead can assign somebody else."
    )


class CaseUnknown(Problem):
    status = 404
    zh = "没有案件 {case}。请检查编号。"
    en = "There is no case {case}. Check the number."


class ReportUnknown(Problem):
    status = 404
    zh = "没有上报 {report}。请检查编号。"
    en = "There is no report {report}. Check the id."


class TaskUnknown(Problem):
    status = 404
    zh = "没有任务 {task}，或该任务已由他人完成。请刷新任务列表。"
    en = "There is no task {task}, or somebody else has finished it. Reload the list of tasks."


class OfficerUnsuitable(Problem):
    status = 422
    zh = "{officer} 不能核实：查无此人，不是网格员或网格长，或是本案的上报人。请另选人员。"
    en = (
        "{officer} cannot verify: unknown, neither officer nor grid lead, or the reporter of this case. "
        "Choose somebody else."
    )


class PhotoUnknown(Problem):
    status = 404
    zh = "没有照片 {sha256}，或您无权查看。请检查照片编号。"
    en = "There is no photo {sha256}, or you may not see it. Check the hash."


class NotMatched(Problem):
    status = 404
    zh = "编号与手机尾号（或查询码）不匹配。请核对后再试。"
    en = "The number and the phone's last digits (or the query code) do not match. Check both and try again."


class NoReporter(Problem):
    status = 404
    zh = "此上报没有联系方式，或联系方式已按期删除。"
    en = "This report has no contact, or the contact was erased on schedule."


class CallBackNotDue(Problem):
    status = 409
    zh = "此上报现在没有待办的回访。联系方式只在回访时提供。"
    en = "No call-back of this report is due. The contact is shown for a call-back only."


class ContactAlreadyShown(Problem):
    status = 409
    zh = "本次回访已经提供过联系方式。请登记回访结果；下次回访时可再次查看。"
    en = (
        "The contact was already shown for this call-back. Record its result; the next call-back shows the "
        "contact again."
    )


class GridUnknown(Problem):
    status = 422
    zh = "网格 {grid_code} 不存在或已撤销。请检查编码。"
    en = "Grid {grid_code} does not exist or is closed. Check the code."


class CategoryUnknown(Problem):
    status = 422
    zh = "没有类别 {category_id}。请从 /api/registry/entities/category 选择；不能确定的，可以不填，由受理员选定。"
    en = (
        "There is no category {category_id}. Choose one from /api/registry/entities/category, or leave it out "
        "and the desk will choose."
    )


class ConditionUnknown(Problem):
    status = 422
    zh = "没有立案条件 {condition_id}，或它不属于类别 {category_id}。可选：{possible}。"
    en = (
        "There is no filing condition {condition_id}, or it does not belong to category {category_id}. Choose "
        "one of: {possible}."
    )


class CategoryWithoutCondition(Problem):
    status = 422
    zh = "类别“{name}”（{category_id}）在本区没有立案条件，不能立案。请改选有立案条件的类别，或不予立案；确需办理的，请管理员先补充立案条件。"
    en = (
        "{name_en} ({category_id}) has no filing condition in this district and cannot be filed. Choose "
        "another category, or do not file; if it must be handled, ask an administrator to add a filing "
        "condition."
    )


class ComponentNotMatter(Problem):
    status = 422
    zh = "“{name}”（{category_id}）是部件类别，不能立案。请改选事项“{matter}”（{matter_id}）。"
    en = (
        "{name_en} ({category_id}) is a category of components and cannot be filed. Choose the matter "
        "{matter_en} ({matter_id})."
    )


class ComponentUnknown(Problem):
    status = 422
    zh = "没有部件 {component_id}。请检查编号。"
    en = "There is no component {component_id}. Check the id."


class ComponentContradicts(Problem):
    status = 422
    zh = (
        "部件“{component}”（{component_id}）属于“{kind}”，与类别“{name}”（{category_id}）不符。"
        "请改选类别或部件；与部件无关的，请将 component_id 置空（null）。"
    )
    en = (
        "{component_en} ({component_id}) is a {kind_en}, which contradicts the category {name_en} ({category_id}). Choose"
        " another category or component, or set component_id to null if the case is about no component."
    )


class TimeImplausible(Problem):
    status = 422
    zh = "“{field}”不能晚于现在，也不能早于 {days} 天前。请检查时间。"
    en = "{field} must not be in the future or more than {days} days ago. Check the time."


class NotSettleable(Problem):
    status = 422
    zh = "不能自行处置：{reason}。"
    en = "This cannot be settled on the spot: {reason_en}."


class PlaceMissing(Problem):
    status = 422
    zh = "案件所在网格未知。请补充位置或网格编码。"
    en = "The grid of the case is not known. Give a location or a grid code."


class OnlyBeforeFiling(Problem):
    status = 409
    zh = "更正不能把公开案件改为保密案件，也不能把保密案件改为公开案件。请由派遣员退回受理后重新立案，或由值班长作废后重新上报。"
    en = (
        "A correction cannot make a filed case confidential, or a confidential case public. Ask a dispatcher "
        "to send it back and file it again, or the shift lead to void it, and report it again."
    )


class NotAnswerable(RefusedWithAlternatives):
    status = 422
    zh = "只有咨询、建议、表扬和咨询类事项可以直接答复办结。本案可以：{possible}。"
    en = (
        "Only inquiries, suggestions, praise and advice can be answered and closed at once. Possible for this "
        "case: {possible}."
    )


class KnowledgeUnknown(Problem):
    status = 422
    zh = "知识库没有条目 {knowledge_id}。请检查编号。"
    en = "The knowledge base has no article {knowledge_id}. Check the id."


class NotForConfidential(Problem):
    status = 409
    zh = "保密案件不派网格员核实，也不拆分。请直接立案，由主管单位办理。"
    en = "A confidential case is not verified by an officer and not split. File it; its competent unit handles it."


class ReportsAttached(Problem):
    status = 409
    zh = "本案有 {count} 件并入的上报。保密案件不与其他案件合并：请先逐件解除并案，再按保密类别立案。"
    en = (
        "{count} reports are attached to this case. A confidential case cannot have attached reports: detach "
        "each of them first, then file the case as confidential."
    )


class PlaceNotAwaited(Problem):
    status = 409
    zh = "本案不需要确定地点。保密案件的地点只供主管单位查阅。"
    en = "This case does not wait for a place. Only the competent unit may read the place of a confidential case."


class HostUnsuitable(Problem):
    status = 409
    zh = "不能与案件 {host} 合并或关联：{reason_zh}。{instead_zh}。"
    en = "This case cannot be attached or linked to case {host}: {reason}. {instead}."

    def __init__(self, why: UnsuitableReason, host: str, follows: str = "") -> None:
        """`follows`: the number of the case that the host is attached to; empty if the host is not attached."""
        reason_zh, reason, instead_zh, instead = _UNSUITABLE[why]
        super().__init__(
            host=host,
            why=why,
            follows=follows or None,
            reason=reason,
            reason_zh=reason_zh,
            instead=instead.format(follows=follows),
            instead_zh=instead_zh.format(follows=follows),
        )


_UNSUITABLE: dict[UnsuitableReason, tuple[str, str, str, str]] = {
    "same": ("它就是本案", "it is the same case", "请另选一件", "Choose another case"),
    "attached": (
        "它已并入其他案件",
        "it is attached to another case",
        "请并入 {follows}",
        "Attach this case to {follows}",
    ),
    "ended": (
        "它没有立案就已终结",
        "it ended without being filed",
        "请将本案立案或不予立案，需要时与其关联",
        "File this case or decide not to, and link the two if needed",
    ),
    "mode": (
        "一件是演练或测试，另一件不是",
        "one of the two is an exercise or a test, the other is not",
        "请各自办理",
        "Handle the two separately",
    ),
    "confidential": ("其中一件保密", "one of the two is confidential", "请各自办理", "Handle the two separately"),
}


class NotFromUpstream(Problem):
    status = 422
    zh = "本案不是上级平台派来的，不能退回上级。可以不予立案。"
    en = (
        "This case did not come from the upstream platform and cannot be returned there. You can decide not to file it."
    )


class CallUnknown(Problem):
    status = 404
    zh = "没有通话记录 {call}。请先登记来电。"
    en = "There is no call {call}. Record the call first."


class ConfidentialNotAmended(Problem):
    status = 422
    zh = "保密案件不能补充信息。请重新上报。"
    en = "Nothing can be added to a confidential case. Send a new report."


class AreaUnknown(Problem):
    status = 404
    zh = "没有灾情归并区或统一答复区 {area}。请检查编号。"
    en = "There is no storm or control area {area}. Check the id."


class AreaOver(Problem):
    status = 409
    zh = "“{name}”已经结束。如仍需要，请重新设立。"
    en = "{name} has ended. Declare a new one if it is still needed."


class PolygonInvalid(Problem):
    status = 422
    zh = "区域边界无效：{why}。请重新划定。"
    en = "The polygon is invalid: {why_en}. Draw it again."


class PeriodInvalid(Problem):
    status = 422
    zh = "时段无效：结束时间须晚于开始时间，也须晚于现在。请修改时段。"
    en = "The period is invalid: its end must be after its start and after now. Change the period."


class CategoryUnsuitable(Problem):
    status = 422
    zh = "类别 {category_id} 不适用：咨询和保密类别不能成批处理，突发事件不能只作答复。请去掉此类别。"
    en = (
        "Category {category_id} does not fit: advice and confidential categories cannot be handled in bulk, "
        "and an emergency cannot be answered by text alone. Remove the category."
    )


class PhotoRefused(Problem):
    status = 422
    zh = "不能接收此文件：{reason}。请换一张照片。"
    en = "This file cannot be accepted: {reason_en}. Send another photo."
