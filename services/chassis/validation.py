"""What is wrong with a request, line by line, in the caller's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ZH = {
    "missing": "必填",
    "extra_forbidden": "未知字段，请删除",
    "string_type": "应为文字",
    "string_unicode": "含有无效的 Unicode 字符",
    "string_too_short": "过短（至少 {min_length} 个字符）",
    "string_too_long": "过长（最多 {max_length} 个字符）",
    "string_pattern_mismatch": "格式不符（{pattern}）",
    "literal_error": "只能是：{expected}",
    "enum": "只能是：{expected}",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "float_type": "应为数字",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "uuid_parsing": "应为 UUID",
    "uuid_type": "应为 UUID",
    "datetime_type": "应为带时区的时间，例如 2026-11-23T09:05:00+08:00",
    "datetime_object_invalid": "没有这样的时间",
    "date_parsing": "应为日期，例如 2026-11-23",
    "date_type": "应为日期，例如 2026-11-23",
    "date_from_datetime_parsing": "应为日期，例如 2026-11-23",
    "time_parsing": "应为时刻，例如 09:05",
    "datetime_parsing": "应为带时区的时间，例如 2026-11-23T09:05:00+08:00",
    "datetime_from_date_parsing": "应为带时区的时间，例如 2026-11-23T09:05:00+08:00",
    "timezone_aware": "时间须带时区，例如 2026-11-23T09:05:00+08:00",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "set_type": "应为列表",
    "frozen_set_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_long": "过多（最多 {max_length} 项）",
    "too_short": "过少（至少 {min_length} 项）",
    "json_invalid": "不是有效的 JSON（{error}）",
}
"""Texts by pydantic's error type; English is pydantic's own."""


def explain(errors: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    """`[{field, message}]` for the caller. Values are not repeated: they may be somebody's data."""
    return [{"field": ".".join(map(str, each["loc"])), "message": _message(each, language)} for each in errors]


def _message(error: Mapping[str, Any], language: str) -> str:
    kind, context = str(error["type"]), dict(error.get("ctx", {}))
    if kind == "value_error":
        return _rule(str(error["msg"]).removeprefix("Value error, "), language)
    if kind == "json_invalid" and language == "en":
        return f"not valid JSON ({context['error']})"
    template = _ZH.get(kind)
    if language == "en" or template is None:
        return str(error["msg"])
    return template.format_map(context | {"expected": _listed(str(context.get("expected", "")))})


def _rule(text: str, language: str) -> str:
    """A rule of our own, whose text is `中文 / English`."""
    zh, both, en = text.partition(" / ")
    return en if both and language == "en" else zh


def _listed(words: str) -> str:
    """`'a', 'b' or 'c'` as Chinese lists it."""
    return words.replace("' or '", "'、'").replace("', '", "'、'").replace("'", "")
