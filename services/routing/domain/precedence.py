"""Reasons why one option for the lead precedes another.

For two entries of the list, the reason is the first component of `Specificity` in which they differ.
"""

from __future__ import annotations

from services.routing.domain.responsibility_list import Option
from services.routing.domain.texts import HOURS, LEVELS, Text, outranked_reason

_COMPONENT = Text("部件的养护、权属单位先于清单条目", "the maintainer or owner of the component goes before the list")
_MAINTAINER = Text("部件的养护单位先于权属单位", "the maintainer of the component goes before its owner")
_LISTED = Text("清单条目先于联合处置队", "an entry of the list goes before the joint team")
_ON_DUTY = Text("只在当班时有效的条目更具体", "an entry for whoever is on duty is more specific")


def why_precedes(winner: Option, loser: Option) -> Text | None:
    """Return why the option `winner` precedes `loser`; `None` if both are equally specific."""
    if winner.entry_id is None or loser.entry_id is None:
        return _beyond_the_list(winner, loser)
    area, match, level, on_duty, hours = (
        first - second for first, second in zip(winner.specificity, loser.specificity, strict=True)
    )
    if area > 0:
        return _more_specific("区域", "area", winner.area, loser.area)
    if match > 0:
        return _more_specific("事项", "matter", winner.matter, loser.matter)
    if level > 0 and winner.terms.level is not None:
        named = LEVELS[winner.terms.level]
        return Text(
            f"写明管理层级的条目更具体（{named.zh}）", f"an entry that names the level is more specific ({named.en})"
        )
    if on_duty > 0:
        return _ON_DUTY
    if hours > 0:
        named = HOURS[winner.terms.hours]
        return Text(
            f"写明时段的条目更具体（{named.zh}）", f"an entry that names the hours is more specific ({named.en})"
        )
    return None


def with_precedence(winner: Option, loser: Option) -> Option:
    """Return the option `loser` with a candidate whose reason also says why `winner` was chosen instead.

    Return `loser` unchanged if both name the same lead or are equally specific.
    """
    why = why_precedes(winner, loser)
    if why is None or winner.lead == loser.lead:
        return loser
    reason = Text(loser.candidate.reason, loser.candidate.reason_en)
    return loser.with_reason(outranked_reason(reason, why))


def _beyond_the_list(winner: Option, loser: Option) -> Text | None:
    if winner.rule == "component_owner":
        return _MAINTAINER if loser.rule == "component_owner" else _COMPONENT
    return _LISTED if winner.entry_id is not None else None


def _more_specific(zh: str, en: str, winner: Text, loser: Text) -> Text:
    return Text(
        f"{zh}更具体（{winner.zh}，而非{loser.zh}）", f"its {en} is more specific ({winner.en}, not {loser.en})"
    )
