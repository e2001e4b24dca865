"""Labels of closed lists, as texts for people: value → (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.roles import ROLE_NAMES

Labels = Mapping[str, tuple[str, str]]

STAGES: Labels = {
    "discovery": ("发现", "discovery"),
    "acceptance": ("受理", "acceptance"),
    "command": ("指挥", "command"),
    "handling": ("处置", "handling"),
    "supervision": ("监督", "supervision"),
    "evaluation": ("评价", "evaluation"),
}

STATUSES: Labels = {
    "reported": ("已上报", "reported"),
    "settled": ("自行处置", "settled on the spot"),
    "answered": ("直接办结", "answered"),
    "attached": ("已并案", "attached"),
    "verifying": ("待核实", "awaiting verification"),
    "awaiting_filing": ("待立案", "awaiting filing"),
    "not_filed": ("不予立案", "not filed"),
    "withdrawn": ("已撤回", "withdrawn"),
    "voided": ("已作废", "voided"),
    "awaiting_dispatch": ("待派遣", "awaiting dispatch"),
    "awaiting_signature": ("待签收", "awaiting acknowledgement"),
    "handling": ("处置中", "in progress"),
    "return_requested": ("退单待审", "return requested"),
    "suspended": ("挂账", "suspended"),
    "awaiting_recheck": ("待核查", "awaiting recheck"),
    "rechecking": ("核查中", "rechecking"),
    "awaiting_review": ("待审核", "awaiting review"),
    "rework": ("返工", "rework"),
    "closed": ("已结案", "closed"),
    "awaiting_feedback": ("待回访", "awaiting feedback"),
    "evaluated": ("已评价", "evaluated"),
}

ROLES: Labels = ROLE_NAMES

CHANNELS: Labels = {
    "grid_terminal": ("网格终端", "officer's terminal"),
    "patrol_team": ("巡查队", "patrol team"),
    "lane_lead": ("街巷长", "lane lead"),
    "helper": ("协管员", "helper"),
    "hotline": ("热线", "hotline"),
    "walk_in": ("窗口", "walk-in desk"),
    "resident": ("居民自助", "resident's page"),
    "open311": ("Open311", "Open311"),
    "public_liaison": ("公众联络", "public liaison"),
    "camera": ("视频巡查", "camera"),
    "department": ("部门", "department"),
    "emergency": ("应急联动", "emergency service"),
    "upstream": ("上级平台", "upstream platform"),
}

VERIFY_RESULTS: Labels = {
    "confirmed": ("属实", "confirmed"),
    "not_found": ("现场未发现", "not found on site"),
    "wrong_place": ("位置有误", "at another place"),
    "other": ("其他情况", "other"),
}

MODES: Labels = {
    "site": ("现场", "on site"),
    "phone": ("电话", "by phone"),
    "none": ("无需", "not required"),
    "photo": ("照片", "by photo"),
    "callback": ("回访", "by call-back"),
    "document": ("文书", "by document"),
}

MISSING: Labels = {
    "category": ("类别", "category"),
    "condition": ("立案条件", "filing condition"),
    "photo": ("照片", "photo"),
    "place": ("位置", "place"),
    "component": ("与类别相符的部件", "a component that fits the category"),
    "decision": ("人工判断", "a person's decision"),
}

NOT_FILED: Labels = {
    "outside_area": ("不在本辖区", "outside the district"),
    "not_ours": ("不属受理范围", "outside our responsibilities"),
    "in_court_or_petition": ("已进入诉讼或信访程序", "in a court or petition procedure"),
    "to_110": ("应由 110 处理", "a case for the police (110)"),
    "duplicate": ("重复上报", "reported before"),
    "place_unknown": ("位置不明", "place unknown"),
    "not_found_on_site": ("现场未发现", "not found on site"),
    "permitted": ("已获许可", "permitted"),
    "incomplete": ("信息不全", "information incomplete"),
    "other": ("其他原因", "other reason"),
}

ATTACH_RULES: Labels = {
    "same_component": ("同一部件", "same component"),
    "near_in_place_and_time": ("时空相近", "near in place and time"),
    "by_hand": ("人工判定", "decided by a person"),
    "merged": ("案件合并", "merged"),
    "polygon": ("批量并入", "attached to the parent of an area"),
    "split_undone": ("撤销拆分", "split undone"),
}

RELATIONS: Labels = {
    "parent": ("父案件", "parent"),
    "child": ("子案件", "child"),
    "related": ("关联案件", "related case"),
    "recurrence": ("同址复发", "recurrence at the same place"),
}

ROUTING_RULES: Labels = {
    "emergency_plan": ("应急预案", "emergency plan"),
    "component_owner": ("部件权属", "owner of the component"),
    "responsibility_list": ("处置责任清单", "responsibility list"),
    "joint_entry": ("联合处置条目", "joint entry of the list"),
    "dispatcher": ("派遣员决定", "dispatcher's decision"),
    "next_candidate": ("次位单位", "next candidate"),
    "joint_survey": ("联合会商", "joint survey"),
    "confidential": ("保密专线", "confidential line"),
    "handover": ("移交应急单位", "hand-over to an emergency service"),
    "first_response": ("先行处置", "first response by a person"),
}

DECISION_REASONS: Labels = {
    "no_match": ("清单无对应条目", "the responsibility list has no entry"),
    "no_candidate_left": ("已无候选单位", "no candidate is left"),
    "joint_survey": ("需联合会商", "a joint survey is needed"),
    "list_disagrees": ("清单条目不一致", "entries of the list contradict each other"),
    "reported_duplicate": ("单位称重复", "a unit reported a duplicate"),
    "reported_untrue": ("单位称不实", "a unit reported that it is untrue"),
}

SEND_BACK_REASONS: Labels = {
    "wrong_category": ("类别或立案条件有误", "wrong category or filing condition"),
    "wrong_place": ("位置有误", "wrong place"),
    "outside_area": ("不在辖区", "outside the district"),
    "untrue": ("情况不实", "untrue"),
    "duplicate": ("重复上报", "reported before"),
    "unclear": ("要素不清", "unclear"),
    "conditions_missing": ("不符合立案条件", "filing condition not met"),
}

DISPATCH_ROLES: Labels = {
    "lead": ("牵头", "lead"),
    "co": ("协办", "co-unit"),
    "first_response": ("先期处置", "first response"),
}

WITHDRAW_REASONS: Labels = {
    "re_routed": ("改派", "assigned to another unit"),
    "case_ended": ("案件终结", "the case ended"),
    "merged": ("案件合并", "merged"),
    "return_accepted": ("退单获准", "return accepted"),
    "by_hand": ("人工撤回", "withdrawn by a person"),
}

RETURN_REASONS: Labels = {
    "wrong_area": ("不在管辖区域", "outside the unit's area"),
    "ownership_unclear": ("权属不清", "ownership unclear"),
    "not_our_function": ("非本单位职责", "not the unit's function"),
    "duplicate": ("重复派遣", "duplicate"),
    "untrue": ("情况不实", "untrue"),
    "conditions_missing": ("不符合立案条件", "filing condition not met"),
}

WORK_OUTCOMES: Labels = {
    "solved": ("已解决", "solved"),
    "partly": ("部分解决", "partly solved"),
    "explained": ("已解释说明", "explained"),
    "not_solvable": ("无法解决", "cannot be solved"),
    "persuaded": ("已劝止", "persuaded to stop"),
    "ordered": ("已责令整改", "ordered to correct it"),
    "transferred_to_enforcement": ("已移交执法", "transferred to enforcement"),
    "mediated": ("已调解", "mediated"),
    "handled": ("已办理", "handled"),
    "handed_over": ("已移交", "handed over"),
}

CLOSE_OUTCOMES: Labels = {
    "solved": ("已解决", "solved"),
    "settled_on_the_spot": ("自行处置", "settled on the spot"),
    "answered": ("直接办结", "answered at once"),
    "explained": ("解释说明", "explained"),
    "mediated": ("调解办结", "mediated"),
    "handed_over": ("移交办结", "handed over"),
    "forced": ("强制结案", "closed by force"),
}

CLOCKS: Labels = {
    "verify": ("核实", "verification"),
    "file": ("立案", "filing"),
    "dispatch": ("派遣", "dispatch"),
    "sign": ("签收", "acknowledgement"),
    "handle": ("处置", "handling"),
    "recheck": ("核查", "recheck"),
    "review": ("审核", "review"),
    "case": ("全程", "case"),
    "settlement": ("自行处置审核", "settlement approval"),
}

LIGHTS: Labels = {"green": ("绿灯", "green"), "yellow": ("黄灯", "yellow"), "red": ("红灯", "red")}

SUPERVISION_ORDER_KINDS: Labels = {
    "overdue": ("超期督办", "overdue"),
    "leader": ("领导督办", "to the leader"),
    "rework": ("返工督办", "repeated rework"),
    "important": ("重要事项督办", "important case"),
    "escalated": ("升级督办", "escalated"),
}

REWORK_REASONS: Labels = {
    "recheck_failed": ("核查未通过", "recheck failed"),
    "review_refused": ("审核未通过", "review refused"),
    "reporter_not_solved": ("诉求人反映未解决", "the reporter answered not solved"),
    "sample_failed": ("抽查未通过", "sample failed"),
    "by_hand": ("人工决定", "decided by a person"),
}

TASKS: Labels = {"verify": ("核实", "verification"), "recheck": ("核查", "recheck")}

ATTENTION_REASONS: Labels = {
    "reporter_not_solved": ("诉求人反映未解决", "the reporter answered not solved"),
    "second_not_solved": ("诉求人再次反映未解决", "the reporter answered not solved again"),
    "other_reporter_not_solved": ("其他诉求人反映未解决", "another reporter answered not solved"),
    "third_recheck_failure": ("三次核查未通过", "third failed recheck"),
    "nobody_on_duty": ("无人当班", "nobody is on duty"),
    "overdue_twofold": ("超期一倍", "twice the limit is used"),
    "supervision_order_unanswered": ("督办未回复", "no reply to a supervision order"),
    "request_undecided": ("延期、挂账申请逾期未定", "a request of a unit was not decided in time"),
    "task_overdue": ("核实核查任务逾期", "a verification or recheck task is overdue"),
    "handover_unacknowledged": ("移交未应答", "a hand-over was not acknowledged"),
    "handover_refused": ("移交被拒", "a hand-over was refused"),
    "director_silent": ("中心主任未在时限内处理", "the director of the centre did not act in time"),
}

SATISFACTION: Labels = {
    "satisfied": ("满意", "satisfied"),
    "fair": ("基本满意", "fairly satisfied"),
    "dissatisfied": ("不满意", "dissatisfied"),
}

DEADLINE_MOVED_REASONS: Labels = {"extension": ("延期", "extension"), "calendar": ("工作日历调整", "working calendar")}

CONTACT_MEANS: Labels = {"phone": ("电话", "phone"), "message": ("短信", "message"), "visit": ("上门", "visit")}

CALL_BACK_RESULTS: Labels = {
    "no_answer": ("无人接听", "no answer"),
    "busy": ("占线", "busy"),
    "call_later": ("约定再访", "asked to call later"),
    "wrong_number": ("号码有误", "wrong number"),
    "refused": ("拒绝回访", "refused to answer"),
}
