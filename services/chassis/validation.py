"""Messages for validation errors of requests and files, in the reader's language: what is wrong and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from contracts.figures import SUBJECTS
from services.chassis import cursors, months

_INSTANT = "2026-11-23T09:05:00+08:00"
_TEXT = ("应为文字", "must be text")
_WHOLE_NUMBER = ("应为整数", "must be a whole number")
_NUMBER = ("应为数字", "must be a number")
_YES_OR_NO = ("应为 true 或 false", "must be true or false")
_UUID = ("应为 UUID", "must be a UUID")
_MOMENT = (f"应为带时区的时间，例如 {_INSTANT}", f"must be a time with its zone, such as {_INSTANT}")
_DAY = ("应为日期，例如 2026-11-23", "must be a date, such as 2026-11-23")
_CLOCK_TIME = ("应为时刻，例如 09:05", "must be a time of day, such as 09:05")
_LIST = ("应为列表", "must be a list")
_OBJECT = ("应为对象", "must be an object")
_ONE_OF = ("只能是：{expected}", "must be one of: {expected}")

MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("必填，请补上", "is required: add it"),
    "extra_forbidden": ("未知字段，请删除", "unknown field: remove it"),
    "string_type": _TEXT,
    "string_unicode": ("含有无效的 Unicode 字符，请删除", "contains invalid Unicode: remove it"),
    "string_too_short": ("过短（至少 {min_length} 个字符）", "is too short (at least {min_length} characters)"),
    "string_too_long": ("过长（最多 {max_length} 个字符）", "is too long (at most {max_length} characters)"),
    "string_pattern_mismatch": ("格式不符：{shape}", "is not in the right form: {shape}"),
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing_size": ("数字过大，请改小", "is too large a number"),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": ("应为有限的数字", "must be a finite number"),
    "greater_than": ("应大于 {gt}", "must be more than {gt}"),
    "greater_than_equal": ("应不小于 {ge}", "must be {ge} or more"),
    "less_than": ("应小于 {lt}", "must be less than {lt}"),
    "less_than_equal": ("应不大于 {le}", "must be {le} or less"),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": ("没有这样的时间，请更正", "is not an existing time: correct it"),
    "timezone_aware": (f"时间须带时区，例如 {_INSTANT}", f"needs its time zone, such as {_INSTANT}"),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "time_type": _CLOCK_TIME,
    "time_parsing": _CLOCK_TIME,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_long": ("过多（最多 {max_length} 项）", "is too many (at most {max_length})"),
    "too_short": ("过少（至少 {min_length} 项）", "is too few (at least {min_length})"),
    "json_invalid": (
        "自此处起不是有效的 JSON，请检查引号、逗号和括号",
        "is not valid JSON from here on: check quotes, commas and brackets",
    ),
}
"""Texts for each of pydantic's error types that our forms and files can cause, in both languages."""

SHAPES: Mapping[str, tuple[str, str]] = {
    r"^[^\x00]*$": ("不能含空字符（U+0000），请删除", "it must not contain a NUL character (U+0000)"),
    r"^[a-z0-9][a-z0-9.-]{0,63}$": (
        "编号用小写字母、数字、点和连字符，不超过 64 个字符",
        "an id of lower-case letters, digits, dots and hyphens, at most 64",
    ),
    r"^[a-z][a-z_]{0,63}$": (
        "编号用小写字母和下划线，不超过 64 个字符",
        "an id of lower-case letters and underscores, at most 64",
    ),
    r"^[A-Za-z0-9_.@-]{2,64}$": (
        "账号用字母、数字和 _ . @ -，2 至 64 个字符",
        "a user name of letters, digits and _ . @ -, 2 to 64 characters",
    ),
    r"^\+?[0-9][0-9 -]{4,18}[0-9]$": (
        "应为电话号码，例如 13800000000 或 0546-5621234",
        "a telephone number, such as 13800000000 or 0546-5621234",
    ),
    r"^[0-9]{4}$": ("应为四位数字", "four digits"),
    r"^[0-9]{2}$": ("应为两位数字的大类代码，例如 06", "the two digits of a major, such as 06"),
    r"^[0-9]{6}$": ("应为六位区县代码，例如 370522", "the six digits of a county, such as 370522"),
    r"^[0-9]{9}$": ("应为九位街道代码，例如 370522001", "the nine digits of a street, such as 370522001"),
    r"^[0-9]{12}$": ("应为十二位社区代码，例如 370522001003", "the twelve digits of a community, such as 370522001003"),
    r"^[0-9]{17}$": ("应为十七位部件代码", "the seventeen digits of a component"),
    r"^[0-9]{15}(-[0-9]{2})?$": (
        "应为十五位网格代码，微网格另加 -01 之类的序号",
        "the fifteen digits of a grid, with a serial such as -01 for a micro grid",
    ),
    r"^[0-9]{6,15}(-[0-9]{2})?$": (
        "应为区县、街道、社区或网格的代码，例如 370522001",
        "the code of a county, street, community or grid, such as 370522001",
    ),
    r"^[0-9a-f]{64}$": ("应为内容的 SHA-256，64 位小写十六进制", "the SHA-256 of the bytes, 64 lower-case hex digits"),
    r"^[0-9a-f]{64}(,[0-9a-f]{64}){0,31}$": (
        "应为以逗号分隔的 SHA-256，至多 32 个",
        "SHA-256 hashes with commas between them, at most 32",
    ),
    r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}-?[0-9]{2,3}$": (
        "应为 标准/种类/代码，例如 GB47678-5-2026/matter/06010",
        "standard/kind/code, such as GB47678-5-2026/matter/06010",
    ),
    r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}(-?[0-9]{2,3})?$": (
        "应为 标准/种类/大类或小类代码，例如 GB47678-5-2026/matter/06",
        "standard/kind/major or code, such as GB47678-5-2026/matter/06",
    ),
    r"^[0-9]{2}-?[0-9]{2,3}-[0-9]{1,2}$": (
        "应为立案条件编号，例如 06010-1",
        "the id of a filing condition, such as 06010-1",
    ),
    r"^[A-Z]{2,4}$": ("应为 2 至 4 个大写字母", "two to four capital letters"),
    r"^[^\s|]+(\|[^\s|]+)*( [^\s|]+(\|[^\s|]+)*)*$": (
        "词语以空格分隔，可互换的词以 | 分隔",
        "words with spaces between them, alternatives with | between them",
    ),
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": _CLOCK_TIME,
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": _DAY,
    f"^({'|'.join(SUBJECTS)})\\.[0-9]{{4}}-(0[1-9]|1[0-2])$": (
        "应为 对象.起始月，例如 officer.2026-01",
        "subject.month, such as officer.2026-01",
    ),
    cursors.PATTERN: ("应为上一页的 next，原样传回", "the unchanged `next` of the previous page"),
    months.MONTH: ("应为月份，例如 2026-11", "a month, such as 2026-11"),
    months.PERIOD: (
        "应为月、季或年，例如 2026-11、2026-Q4、2026",
        "a month, a quarter or a year, such as 2026-11, 2026-Q4, 2026",
    ),
}
"""Descriptions, in both languages, of the regular expressions that texts must match."""


SHOWN_ERRORS = 50
"""Maximum number of errors in a response. A large body could cause an error for every two bytes."""


def explain(errors: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    """Return `[{field, message}]` for the first errors. Values are not repeated, because they may be personal data."""
    return [
        {"field": ".".join(map(str, each["loc"])), "message": _message(each, language)}
        for each in islice(errors, SHOWN_ERRORS)
    ]


def _message(error: Mapping[str, Any], language: str) -> str:
    kind, context, english = str(error["type"]), dict(error.get("ctx", {})), language == "en"
    if kind == "value_error":
        return _rule(str(error["msg"]).removeprefix("Value error, "), language)
    if kind not in MESSAGES:
        return str(error["msg"])
    pattern = str(context.get("pattern", ""))
    shape = SHAPES.get(pattern, (pattern, pattern))[english]
    return MESSAGES[kind][english].format_map(
        context | {"expected": _listed(str(context.get("expected", "")), language), "shape": shape}
    )


def _rule(text: str, language: str) -> str:
    """Return the part of an error text in this language. Our error texts are written `中文 / English`."""
    zh, both, en = text.partition(" / ")
    return en if both and language == "en" else zh


def _listed(words: str, language: str) -> str:
    """Rewrite the allowed values of a pydantic message, `'a', 'b' or 'c'`, as `a, b, c`."""
    comma = ", " if language == "en" else "、"
    return words.replace("' or '", f"'{comma}'").replace("', '", f"'{comma}'").replace("'", "")
