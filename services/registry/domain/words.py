"""What a validation error of a district file means, in Chinese and English."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.chassis.validation import explain as explain_request

_ZH = {
    "tuple_type": "应为数组",
    "date_from_datetime_parsing": "应为日期 YYYY-MM-DD",
    "date_parsing": "应为日期 YYYY-MM-DD",
}
"""Types that district files have and requests have not."""

_RULES_ZH = {
    "a shift names exactly one of officer, team, unit": "班次须且只能指明 officer、team、unit 之一",
    "a shift is either daily (starts, ends) or single (starts_at, ends_at)": "班次或为每日（starts、ends），或为单次（starts_at、ends_at）",
    "a single shift ends after it starts": "单次班次的结束须晚于开始",
    "weekdays are ISO numbers 1 to 7": "weekdays 为 1 至 7（周一为 1）",
    "an absent holder needs a stand-in": "请假的班次须有替班人",
    "the id must be standard/kind/code": "编号须为 标准/种类/代码",
    "the code must begin with the major": "代码须以大类开头",
    "a match by category names nothing else": "按小类匹配时不得再写其他条件",
    "a match names a category, or a standard and a kind (and a major)": "匹配须写小类，或标准与种类（及大类）",
    "an entry names a lead, a team, or somebody excluded": "清单条目须写牵头单位、处置队或排除对象",
    "co-units need a lead": "有协办单位的条目须有牵头单位",
    "a unit is either lead, co-unit or excluded": "同一单位不得既牵头又协办或被排除",
}
"""The rules that the models of `contracts.registry` check themselves."""


def explain(error: ValidationError) -> list[tuple[str, str]]:
    """Each fault as a Chinese and an English sentence that begin with the field."""
    return [_sentence(each) for each in error.errors(include_url=False)]


def _sentence(detail: ErrorDetails) -> tuple[str, str]:
    message = detail["msg"].removeprefix("Value error, ")
    found = explain_request([detail], "zh")[0]
    zh = _ZH.get(detail["type"]) or _RULES_ZH.get(message) or found["message"]
    where = found["field"] or "–"
    return f"{where}：{zh}。", f"{where}: {message}."
