"""Texts that the system sends to units and leaders, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

URGE = (
    "案件 {case_number} 的{clock}时限已用去 {percent}%，请抓紧。",
    "Case {case_number}: {percent} % of the time to {clock_en} is used. Please hurry.",
)
ORDER = (
    "案件 {case_number} 的{clock}时限已用去 {percent}%，现予督办，请于回复期限前说明措施与完成时间。",
    (
        "Case {case_number}: {percent} % of the time to {clock_en} is used. This is a supervision order: state by the reply"
        " date what you are doing and when it will be finished."
    ),
)
OVERDUE = (
    "案件 {case_number} 的{clock}时限已过，请于回复期限前说明超期原因。",
    "Case {case_number}: the time to {clock_en} has passed. Explain the delay by the reply date.",
)
LEADER = (
    "案件 {case_number} 的{clock}时限已用去 {percent}%，现报请{leader}督办。",
    "Case {case_number}: {percent} % of the time to {clock_en} is used. It is submitted to {leader_en} for supervision.",
)
ESCALATED = (
    "案件 {case_number} 由 {unit} 协调处理，已超过约定时间，请贵单位督促其办结。",
    "{unit_en} agreed to handle case {case_number}, and the agreed time has passed. Please make sure that it is finished.",
)
REMINDED = (
    "案件 {case_number} 移交贵单位，尚未应答，请立即接警应答。",
    "Case {case_number} was handed over to you and is not acknowledged yet. Please answer at once.",
)
UNACKNOWLEDGED = (
    "移交{unit}超期未应答，请电话联系；应答之前仍由本中心负责。",
    "{unit_en} has not acknowledged the hand-over in time. Phone them; this centre stays responsible until they do.",
)
REFUSED = (
    "{unit}不接收移交：{note}。案件仍由本中心负责，请立即安排。",
    "{unit_en} refuses the hand-over: {note}. This centre stays responsible; arrange the work at once.",
)
REWORK = (
    "案件 {case_number} 连续 {failures} 次核查未通过，现予督办，请单位负责人过问。",
    "Case {case_number} failed its recheck {failures} times. This is a supervision order to the head of the unit.",
)

CLOCKS: Mapping[str, tuple[str, str]] = {
    "verify": ("核实", "verify"),
    "file": ("立案", "file"),
    "dispatch": ("派遣", "dispatch"),
    "sign": ("签收", "sign"),
    "handle": ("处置", "handle"),
    "recheck": ("核查", "recheck"),
    "review": ("审核", "review"),
    "case": ("办结", "close"),
    "settlement": ("自行处置审核", "approve the settlement"),
}


def render(template: tuple[str, str], *clocks: str, **values: object) -> tuple[str, str]:
    """Return a text in Chinese and English, with the names of these clocks and with these values."""
    names = [CLOCKS[each] for each in clocks]
    clock_zh, clock_en = "、".join(zh for zh, _ in names), " and to ".join(en for _, en in names)
    zh, en = template
    return zh.format(clock=clock_zh, **values), en.format(clock_en=clock_en, **values)
