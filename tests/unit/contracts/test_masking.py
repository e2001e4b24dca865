"""Rule: phone, identity-card and number-plate patterns never enter an event."""

from __future__ import annotations

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
    ],
)
def test_starred_out(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "案件LJ-20261123-000123已受理", "网格370522001003005", "部件37052201002000001", "2026-11-23 09:05",
        "坑深15厘米，约3平方米", "拨打12345或12319", "津苑01网格", "路灯杆号 0546", "文津路138号5栋",
    ],
)  # fmt: skip
def test_what_is_no_personal_number_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_length_stays_and_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert len(once) == len(text)
    assert mask(once) == once


@given(
    st.text(alphabet="路边有垃圾。, "), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="请处理！ ")
)
def test_no_phone_survives_in_any_sentence(before: str, phone: str, after: str) -> None:
    assert phone[-4:] not in mask(before + phone + after)
