"""Errors of commands of units and dispatchers. Their field `possible` lists what is possible instead."""

from __future__ import annotations

from services.chassis.photo_roles import PhotoRolesMissing
from services.chassis.problems import NotPossibleNow, Problem, RefusedWithAlternatives


class DispatchUnknown(Problem):
    """The dispatch does not exist or belongs to another unit; callers cannot tell which."""

    status = 404
    zh = "没有派遣单 {dispatch}，或它不属于贵单位。请检查编号。"
    en = "There is no dispatch {dispatch}, or it belongs to another unit. Check the id."


class DispatchNotOpenForThis(NotPossibleNow):
    zh = "派遣单现在是“{current}”，不能这样做。现在可以：{possible}。"
    en = "Not possible while the dispatch is “{current}”. Possible now: {possible}."


class ReturnWindowOver(Problem):
    status = 409
    zh = "退单期限已于 {return_until} 届满。如确有困难，请申请延期或联系派遣员。"
    en = "The return window ended at {return_until}. Request an extension, or call the dispatcher."


class UnitUnknown(Problem):
    status = 422
    zh = "没有单位 {unit}。请检查编号。"
    en = "There is no unit {unit}. Check the id."


class PhoneEntryNeeded(Problem):
    status = 422
    zh = "代单位补录答复时，请写明对方接听人的岗位或工号和通话时间（by_phone）。"
    en = (
        "To answer for a unit, give the post or badge of the person on the phone and the time of the call (`by_phone`)."
    )


class EvidenceMissing(PhotoRolesMissing):
    zh = "办结须附照片：缺少{missing_zh}。请补拍后再提交。"
    en = "The completion needs photos. Missing: {missing}. Add them and send it again."


class OutcomeNotPossible(Problem):
    status = 422
    zh = "此单不能这样办结：保密事项只答复“已办理”或“已移交”。请改选其一。"
    en = (
        "This outcome is not possible. A confidential case can only be `handled` or `handed_over`. Choose one of these."
    )


class ClerkMustConfirm(Problem):
    status = 409
    zh = "该单已在单位内部分派，须由本单位管理员确认办结；处置人员可以上报进展。"
    en = "The dispatch was assigned to a crew, so a clerk of the unit must complete it. A handler may report progress."


class MilestoneUnknown(RefusedWithAlternatives):
    status = 422
    zh = "此派遣单没有名为“{milestone}”的节点。现有节点：{possible}。"
    en = "This dispatch has no milestone {milestone}. Its milestones: {possible}."


class ExtensionNotPossible(RefusedWithAlternatives):
    status = 409
    zh = "不能申请延期：{why_zh}。现在可以：{possible}。"
    en = "An extension is not possible: {why}. Possible now: {possible}."


class SuspensionNotPossible(RefusedWithAlternatives):
    status = 409
    zh = "不能申请挂账：{why_zh}。现在可以：{possible}。"
    en = "A suspension is not possible: {why}. Possible now: {possible}."


class OnlyLeadReleases(Problem):
    status = 403
    zh = "只有同一案件的牵头单位可以解除协办单位。请由牵头单位办理。"
    en = "Only the lead unit of the same case may release a co-unit. Ask the lead unit to do it."
