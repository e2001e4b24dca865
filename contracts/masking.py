"""Masking of personal data in free text before the text enters an event.

It masks phone and identity-card numbers, number plates and e-mail addresses. The masked text has the same length, so
that the author recognises it in the preview. A phone number keeps its first three digits. It never keeps its last four
digits, because they are half of the secret with which a reporter follows a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SPACES_AND_DASHES = str.maketrans("\u00a0\u2002\u2003\u2009\u202f\u3000–—‐‑－", " " * 6 + "-" * 5)
_PLAIN = _SPACES_AND_DASHES | str.maketrans("０１２３４５６７８９Ｘｘ．＠", "0123456789Xx.@")
"""Translation of full-width digits, spaces and dashes to plain forms, one character for each character."""
_SPELT = _SPACES_AND_DASHES | str.maketrans(
    "〇零一幺二两三四五六七八九" + "0123456789０１２３４５６７８９", "0011223456789" + "#" * 20
)
"""Translation of Chinese numerals to digits. Plain digits become `#`, so that in 张三138… the 三 of the name is no part
of the number."""

_GAP = r"[ .·•-]{0,2}"
"""Pattern of the separators between groups of digits in a number."""
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_IDENTITY_CARD = re.compile(
    rf"(?<![0-9])[1-8]\d{{5}}{_GAP}(?:19|20)\d{{2}}{_GAP}(?:0[1-9]|1[0-2]){_GAP}(?:0[1-9]|[12]\d|3[01]){_GAP}\d{{3}}[\dXx](?![0-9])"
)
_MOBILE = re.compile(
    rf"(?<![0-9])(?:\+?86{_GAP})?1[3-9]\d(?:{_GAP}\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}}|{_GAP}\d{{2}}(?:{_GAP}\d{{2}}){{3}})(?![0-9])"
)
_SPELT_IDENTITY_CARD = re.compile(rf"[1-8]\d{{5}}{_GAP}(?:19|20)\d{{2}}{_GAP}[01]\d{_GAP}[0-3]\d{_GAP}\d{{3}}[\dXx]")
_SPELT_MOBILE = re.compile(rf"1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}")
_LANDLINE = re.compile(r"(?<![0-9])\(?0\d{2,3}\)?[ .-]{0,2}[2-8]\d{2,3}[ .-]?\d{4}(?![0-9])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?[A-HJ-NP-Za-hj-np-z][·•. -]{0,2}"
    r"(?=[A-Za-z ]{0,6}[0-9])[0-9A-HJ-NP-Za-hj-np-z](?: ?[0-9A-HJ-NP-Za-hj-np-z]){3,4} ?"
    r"[0-9A-HJ-NP-Za-hj-np-z挂学警港澳](?![0-9A-Za-z])"
)
_PATTERNS = ((_EMAIL, 0), (_IDENTITY_CARD, 0), (_MOBILE, 3), (_LANDLINE, 0), (_PLATE, 1))
_SPELT_PATTERNS = ((_SPELT_IDENTITY_CARD, 0), (_SPELT_MOBILE, 3))


WITHHELD = "（保密，不记录）/ (confidential: not recorded)"
"""Text that replaces free text about a confidential case."""


def withhold(text: str, *, confidential: bool) -> str:
    """Return `WITHHELD` if the case is confidential and the text is not empty, otherwise the text itself."""
    return WITHHELD if confidential and text else text


def mask_phone(phone: str) -> str:
    """Return the masked phone number. A number of unknown form is masked completely."""
    masked = mask(phone)
    return masked if masked != phone else "*" * len(phone)


def mask(text: str) -> str:
    """Return the text with personal data replaced by stars.

    The result has the length of the text. The function takes linear time.
    """
    text = _masked(text, _PLAIN, _PATTERNS)
    return _masked(text, _SPELT, _SPELT_PATTERNS)


def _masked(text: str, table: Mapping[int, int], patterns: Iterable[tuple[re.Pattern[str], int]]) -> str:
    """Return the text with all matches of the patterns replaced by stars.

    The patterns search the text after translation with `table`. The number with each pattern says how many characters
    at the start of a match are kept.
    """
    masked, plain = list(text), text.translate(table)
    for pattern, keep in patterns:
        hidden = list(plain)
        for found in pattern.finditer(plain):
            start, end = found.start() + keep, found.end()
            masked[start:end] = hidden[start:end] = "*" * (end - start)
        plain = "".join(hidden)
    return "".join(masked)
