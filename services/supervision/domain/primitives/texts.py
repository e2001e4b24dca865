"""Texts that the system sends to units, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

URGE = (
    "案件 {case_number} 的{clock}时限已用去 {percent}%，请抓紧。",
    "Case {case_number}: {percent} % of the time to {clock_en} is used. Please hurry.",
)
ORDER = (
    "案件 {case_number} 的{clock}时限已用去 {percent}%，现予督办，请于回复期限前说明措施与完成时间。",
    (
        "Case {case_number}: {percent} % of the time to {clock_en} is used. This is a supervision order: say by the reply date"
        " what you do and when it will be done."
    ),
)
OVERDUE = (
    "案件 {case_number} 的{clock}时限已过，请于回复期限前说明超期原因。",
    "Case {case_number}: the time to {clock_en} is over. Say by the reply date why it is late.",
)
LEADER = (
    "案件 {case_number} 的{clock}时限已用去 {percent}%，现报请{leader}督办。",
    "Case {case_number}: {percent} % of the time to {clock_en} is used. It is put before {leader_en}.",
)
ESCALATED = (
    "案件 {case_number} 由 {unit} 协调处理，已超过约定时间，请贵单位督促其办结。",
    "Case {case_number} was given to {unit_en} to settle and is late. Please see to it that it is done.",
)
REMINDED = (
    "案件 {case_number} 移交贵单位，尚未应答，请立即接警应答。",
    "Case {case_number} was handed over to you and is not acknowledged yet. Please answer at once.",
)
UNACKNOWLEDGED = (
    "移交{unit}超期未应答，请电话联系；应答之前仍由本中心负责。",
    "The hand-over to {unit_en} is not acknowledged in time: phone them; it stays ours until they answer.",
)
REFUSED = (
    "{unit}不接收移交：{note}。案件仍由本中心负责，请立即安排。",
    "{unit_en} refuses the hand-over: {note}. It stays ours: see to it at once.",
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
    """Return a text in Chinese and English with the names of these clocks."""
    names = [CLOCKS[each] for each in clocks]
    clock_zh, clock_en = "、".join(zh for zh, _ in names), " and to ".join(en for _, en in names)
    zh, en = template
    return zh.format(clock=clock_zh, **values), en.format(clock_en=clock_en, **values)
