"""Titles of the stages, and the meaning of each webhook in Chinese. The English is the docstring of the class."""

from __future__ import annotations

STAGES = {
    "discovery": "发现 · Discovery",
    "acceptance": "受理 · Acceptance",
    "command": "指挥 · Command",
    "handling": "处置 · Handling",
    "supervision": "监督 · Supervision",
    "evaluation": "评价 · Evaluation",
    "registry": "区划数据 · Registry",
}
"""The stages of the loop in order, and the registry's own log."""

WEBHOOK_GLOSSES = {
    "dispatch.created": "新派遣单。",
    "dispatch.withdrawn": "派遣单收回。",
    "handover.message": "移交应急单位的信封：通报、更新、撤回、应答、拒绝、结果。",
    "dispatch.return_refused": "不准退单。",
    "dispatch.urged": "催办。",
    "dispatch.supervision_ordered": "督办，须回复。",
    "dispatch.reply_due_moved": "督办的回复时限改变：当年工作日历公布。",
    "dispatch.rework_ordered": "返工。",
    "dispatch.extension_decided": "延期申请的答复。",
    "dispatch.suspension_decided": "挂账申请的答复。",
    "dispatch.corrected": "更正：派遣单所述事项的类别、立案条件或位置有误，现为此。",
    "dispatch.information_added": "诉求人补充信息。",
    "dispatch.closed": "案件已结；应急单位已接收而未办结的部分仍由其办理。",
    "dispatch.reopened": "已办结的案件重启；须做什么另有消息。",
    "report.accepted": "（上级平台）派来的件已签收，附本区案件号。",
    "report.progressed": "（上级平台）办理进展。",
    "report.closed": "（上级平台）办理结果。",
    "report.returned_upstream": "（上级平台）认为不属本区，请决定是否收回。",
    "notice.requested": "（通知网关）请以短信或企业微信通知某人：叫醒值守人员，或告知诉求人。",
    "endpoint.test": "接口验证：请原样回传 challenge。",
}
"""Webhook type → meaning."""
