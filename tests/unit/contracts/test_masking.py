"""Phone numbers, identity-card numbers, number plates and e-mail addresses are masked before a text enters an event."""

from __future__ import annotations

import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打13812345678联系", "请打138********联系"),
        ("电话 138-1234-5678。", "电话 138**********。"),
        ("+86 13812345678", "+86************"),
        ("１３８１２３４５６７８", "１３８********"),
        ("座机0546-5621234找张", "座机************找张"),
        ("身份证370522199001011234号", "身份证******************号"),
        ("证件37052219900101123X", "证件******************"),
        ("鲁E12345的车", "鲁******的车"),
        ("新能源鲁ED12345占道", "新能源鲁*******占道"),
        ("鲁E·8A21B", "鲁*******"),
        ("找张三13812345678", "找张三138********"),
        ("找李四一三八一二三四五六七八", "找李四一三八********"),
        ("十一13812345678二", "十一138********二"),
        ("三七〇五二二一九九〇〇一〇一一二三四", "******************"),
        ("138.1234.5678", "138**********"),
        ("138  1234  5678", "138************"),
        ("138\u00a01234\u20095678", "138**********"),
        ("138 123 45678", "138**********"),
        ("138 12 34 56 78", "138************"),
        ("１３８－１２３４－５６７８", "１３８**********"),
        ("电话一三八一二三四五六七八", "电话一三八********"),
        ("幺三八 两两三四 五六七八", "幺三八**********"),
        ("370522-19900101-1234", "********************"),
        ("370522 1990 01 01 123X", "*" * 22),
        ("鲁E·12345", "鲁*******"),
        ("鲁 E 12345", "鲁********"),
        ("鲁E 1 2 3 4 5", "鲁***********"),
        ("鲁E.D12345", "鲁********"),
        ("写信给li.si@example.com.cn吧", "写信给" + "*" * 20 + "吧"),
        ("zhang＠qq．com", "*" * 12),
        ("0546.562.1234", "*************"),
    ],
)
def test_a_personal_number_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "案件LJ-20261123-000123已受理",
        "网格370522001003005",
        "部件37052201002000001",
        "2026-11-23 09:05",
        "坑深15厘米，约3平方米",
        "拨打12345或12319",
        "津苑01网格",
        "路灯杆号 0546",
        "文津路138号5栋",
        "370522001003",
        "３７０５１３８００１００３０５",
        "370522001003005-01",
        "37052200100300501",
        "案件 LJ-20261123-138123",
        "共一百三十八元，12345.67 元",
        "2026.11.23 13:45:00",
        "3月18日-4月15日",
        "一楼二单元三零一",
        "桂A区东侧",
        "津B栋",
        "川A4纸",
        "坐标118.2534,37.4912",
        "第13800 号",
        "@所有人",
        "1.5 米 × 2.0 米",
    ],
)
def test_other_numbers_are_not_masked(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_masking_keeps_the_length_and_is_idempotent(text: str) -> None:
    once = mask(text)
    assert len(once) == len(text)
    assert mask(once) == once


@given(
    st.text(alphabet="路边有垃圾。, "), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="请处理！ ")
)
def test_a_phone_number_is_masked_in_any_sentence(before: str, phone: str, after: str) -> None:
    assert phone[-4:] not in mask(before + phone + after)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "13",
        "138 ",
        "0",
        "-",
        ".",
        " ",
        "a@",
        "a.",
        "a",
        "鲁",
        "鲁E",
        "鲁E1",
        "370522",
        "一",
        "86",
        "(0",
        "138-1234-",
    ],
)
def test_masking_takes_time_proportional_to_the_length(piece: str) -> None:
    def measure(size: int) -> float:
        text = piece * (size // len(piece))
        return min(timeit.repeat(lambda: mask(text), timer=time.thread_time, number=1, repeat=5))

    assert measure(100_000) < 50 * max(measure(10_000), 0.001), (
        "ten times the length took more than fifty times as long"
    )
