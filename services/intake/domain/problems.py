"""Problems that intake refuses requests with. Each class is one stable problem type."""

from __future__ import annotations

from typing import Literal

from services.chassis.problems import Problem, RefusedWithAlternatives

UnsuitableReason = Literal["same", "attached", "ended", "mode", "confidential"]


class ChannelNotAllowed(Problem):
    status = 403
    zh = "您的凭证不能以“{channel}”渠道上报（可用渠道：{allowed}）。"
    en = "Your credentials may not report as channel {channel} (channels you may name: {allowed})."


class DeskOnly(Problem):
    status = 403
    zh = "只有受理台可以设置“{field}”。"
    en = "Only the desk may set {field}."


class OutOfYourArea(Problem):
    status = 403
    zh = "此案不在您的辖区。"
    en = "This case is not in your area."


class NotYourTask(Problem):
    status = 403
    zh = "此任务不由您办：{whose_zh}。请由其办理；要换人，请值班长、派遣员或该网格的网格长另派。"
    en = "This task is not yours: {whose}. Leave it to them; the shift lead, a dispatcher or a lead of the grid sends somebody else."


class ReportedByYou(Problem):
    status = 403
    zh = "此件或并入此件的上报由您提出，不能由您核实：{whose_zh}。您无需再办；确需换人的，请值班长另派。"
    en = "You reported this, or what was attached to it, and do not verify it: {whose}. Nothing is left for you to do; the shift lead may send somebody else."


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
    zh = "没有任务 {task}，或已由他人完成。"
    en = "There is no task {task}, or somebody else finished it."


class OfficerUnsuitable(Problem):
    status = 422
    zh = "人员 {officer} 不存在、不是网格员或网格长，或就是本案上报人，不能核实。请另派。"
    en = "{officer} is unknown, is neither officer nor grid lead, or reported this case. Send somebody else."


class PhotoUnknown(Problem):
    status = 404
    zh = "没有照片 {sha256}。"
    en = "There is no photo {sha256}."


class NotMatched(Problem):
    status = 404
    zh = "编号与手机尾号（或查询码）不匹配。请核对后再试。"
    en = "The number and the phone's last digits (or the query code) do not match. Check both and try again."


class NoReporter(Problem):
    status = 404
    zh = "此上报没有留下联系方式，或已按期删除。"
    en = "This report carries no contact, or it was erased on schedule."


class CallBackNotDue(Problem):
    status = 409
    zh = "此上报现在没有待回访，联系方式只在回访时提供。"
    en = "No call-back of this report is due; the contact is told for a call-back only."


class ContactAlreadyShown(Problem):
    status = 409
    zh = "本次回访的联系方式已经提供过一次。请登记本次回访结果，下次回访时可再查看。"
    en = "The contact was told once for this call. Write down what came of the call; the next one may ask again."


class GridUnknown(Problem):
    status = 422
    zh = "网格 {grid_code} 不存在或已撤销。请检查编码。"
    en = "Grid {grid_code} does not exist or is closed. Check the code."


class CategoryUnknown(Problem):
    status = 422
    zh = "没有类别 {category_id}。类别见 /api/registry/entities/category；不能确定时可不填，由受理员选定。"
    en = "There is no category {category_id}. See /api/registry/entities/category, or leave it out: the desk will choose."


class ConditionUnknown(Problem):
    status = 422
    zh = "没有立案条件 {condition_id}，或它不属于类别 {category_id}（可选：{possible}）。"
    en = "There is no filing condition {condition_id}, or it is not of category {category_id} (there are: {possible})."


class CategoryWithoutCondition(Problem):
    status = 422
    zh = "类别“{name}”（{category_id}）在本区没有立案条件，不能立案。请改选有立案条件的类别，或不予立案；确需办理的，请管理员先补充立案条件。"
    en = (
        "{name_en} ({category_id}) has no filing condition in this district and cannot be filed. Choose a category that has"
        " one, or do not file; if it must be handled, have an administrator add a filing condition first."
    )


class ComponentNotMatter(Problem):
    status = 422
    zh = "“{name}”（{category_id}）是部件类别，不单独立案。请改选事项“{matter}”（{matter_id}）。"
    en = "{name_en} ({category_id}) is a kind of component and not filed by itself. Choose the matter {matter_en} ({matter_id})."


class ComponentUnknown(Problem):
    status = 422
    zh = "没有部件 {component_id}。"
    en = "There is no component {component_id}."


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
    zh = "“{field}”不能晚于现在，也不能早于 {days} 天前。"
    en = "{field} may not be in the future nor more than {days} days ago."


class NotSettleable(Problem):
    status = 422
    zh = "不能自行处置：{reason}。"
    en = "This cannot be settled on the spot: {reason_en}."


class PlaceMissing(Problem):
    status = 422
    zh = "还不知道案件在哪个网格，请补充位置或网格编码。"
    en = "The grid of the case is not known yet. Give a location or a grid code."


class OnlyBeforeFiling(Problem):
    status = 409
    zh = "已公开立案的案件不能更正为保密类别，保密案件也不能更正为公开类别。请由派遣员退回受理后重新立案，或由值班长作废后重新上报。"
    en = (
        "A case filed in the open cannot be corrected to a confidential category, nor the other way round. "
        "Let a dispatcher send it back to be filed anew, or the shift lead void it, and report it again."
    )


class NotAnswerable(RefusedWithAlternatives):
    status = 422
    zh = "只有咨询、建议、表扬和咨询类事项可以直接答复办结。此件可以：{possible}。"
    en = "Only inquiries, suggestions, praise and matters of advice are answered and closed at once. This one you can: {possible}."


class KnowledgeUnknown(Problem):
    status = 422
    zh = "知识库没有条目 {knowledge_id}。"
    en = "The knowledge base has no article {knowledge_id}."


class NotForConfidential(Problem):
    status = 409
    zh = "保密事项不派网格员核实。请直接立案，由主管单位办理。"
    en = "No officer verifies a confidential matter. File it: its competent unit deals with it."


class ReportsAttached(Problem):
    status = 409
    zh = "本案并入了 {count} 件上报。保密事项不与他案合并：请先逐件解除并案，再立为保密。"
    en = "{count} reports are attached to this case. A confidential matter is joined to no other: detach each of them first, then file this as confidential."


class PlaceNotAwaited(Problem):
    status = 409
    zh = "此案不待确定地点。保密事项的地点只由主管单位查阅。"
    en = "This case does not wait for its place. Where a confidential matter is its competent unit alone reads."


class HostUnsuitable(Problem):
    status = 409
    zh = "不能与案件 {host} 合并或关联：{reason_zh}。{instead_zh}。"
    en = "It cannot be joined with case {host}: {reason}. {instead}."

    def __init__(self, why: UnsuitableReason, host: str, follows: str = "") -> None:
        """`follows`: the number of the case that the host is attached to."""
        reason_zh, reason, instead_zh, instead = _UNSUITABLE[why]
        super().__init__(
            host=host, why=why, follows=follows or None, reason=reason, reason_zh=reason_zh,
            instead=instead.format(follows=follows), instead_zh=instead_zh.format(follows=follows),
        )  # fmt: skip


_UNSUITABLE: dict[UnsuitableReason, tuple[str, str, str, str]] = {
    "same": ("它就是本案", "it is this case itself", "请另选一件", "Name another case"),
    "attached": ("它已并入他案", "it is attached itself", "请并入 {follows}", "Attach this one to {follows}"),
    "ended": ("它没有立案就已终结", "it ended without having been filed", "请将此件立案或不予立案，需要时与之关联", "File this one or do not file it, and link the two if need be"),
    "mode": ("一件是演练或测试，另一件不是", "one of the two is an exercise or a test, the other is not", "请各自办理", "Let each go its own way"),
    "confidential": ("其中一件保密", "one of the two is confidential", "请各自办理", "Let each go its own way"),
}  # fmt: skip


class NotFromUpstream(Problem):
    status = 422
    zh = "此件不是上级平台派来的，不能退回上级。可以不予立案。"
    en = "This did not come from the platform above, so it cannot be sent back there. It can be not filed."


class CallUnknown(Problem):
    status = 404
    zh = "没有通话记录 {call}。请先登记来电。"
    en = "There is no call {call}. Take the call first."


class ConfidentialNotAmended(Problem):
    status = 422
    zh = "保密事项不能这样补充，请重新上报一次。"
    en = "A confidential matter cannot be added to in this way. Report it anew."


class AreaUnknown(Problem):
    status = 404
    zh = "没有风暴或管控区 {area}。请检查编号。"
    en = "There is no storm or control area {area}. Check the id."


class AreaOver(Problem):
    status = 409
    zh = "“{name}”已提前结束。如仍需要，请重新公布。"
    en = "{name} was ended already. Declare a new one if it is still needed."


class PolygonInvalid(Problem):
    status = 422
    zh = "区域边界无效：{why}。请重新划定。"
    en = "The polygon is not valid: {why_en}. Draw it again."


class PeriodInvalid(Problem):
    status = 422
    zh = "时段无效：结束须晚于开始，也须晚于现在。"
    en = "The period is not valid: it must end after it begins, and after now."


class CategoryUnsuitable(Problem):
    status = 422
    zh = "类别 {category_id} 不适用：咨询、保密事项不能成批办理，突发事件不能只作答复。"
    en = "Category {category_id} does not fit: advice and confidential matters are no flood, an emergency is not just answered."


class PhotoRefused(Problem):
    status = 422
    zh = "不能接受这个文件：{reason}。"
    en = "This file cannot be accepted: {reason_en}."
