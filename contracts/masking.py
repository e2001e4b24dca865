"""Masking of free text before it enters an event: phone numbers, identity-card numbers, number plates.

What is masked stays as long as it was, so that the author who sees the masked text before sending recognises it; a
phone keeps its first three digits and never its last four, which are half of the secret of following a case.
"""

from __future__ import annotations

import re

_FULL_WIDTH = str.maketrans("０１２３４５６７８９－Ｘｘ", "0123456789-Xx")

_IDENTITY_CARD = re.compile(
    r"(?<![0-9])[1-8]\d{5}[ -]?(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx](?![0-9])"
)
_MOBILE = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])\(?0\d{2,3}\)?[ -]?[2-8]\d{6,7}(?![0-9])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][·•. ]?"
    r"[0-9A-HJ-NP-Za-hj-np-z]{4,5}[0-9A-HJ-NP-Za-hj-np-z挂学警港澳](?![0-9A-Za-z])"
)


IN_CONFIDENCE = "（保密，不记录）/ (confidential: not recorded)"
"""Stands where somebody wrote something about a confidential matter: that is neither kept nor told on."""


def kept(text: str, *, confidential: bool) -> str:
    """What is kept and told on of what anybody writes about a case: of a confidential one nothing."""
    return IN_CONFIDENCE if confidential and text else text


def masked_number(phone: str) -> str:
    """A phone number as others may see it; one of a form that we do not know shows nothing."""
    masked = mask(phone)
    return masked if masked != phone else "*" * len(phone)


def mask(text: str) -> str:
    """The text with every such pattern starred out, of the same length."""
    masked = text
    for pattern, keep in ((_IDENTITY_CARD, 0), (_MOBILE, 3), (_LANDLINE, 0), (_PLATE, 1)):
        for found in pattern.finditer(masked.translate(_FULL_WIDTH)):
            start, end = found.span()
            shown = start + keep
            masked = masked[:shown] + "*" * (end - shown) + masked[end:]
    return masked
