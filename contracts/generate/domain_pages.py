"""The generated parts of `docs/domain.md` and its Chinese sister: the states, their table and picture, the clocks' examples.

The rest of the pages is written by people. What stands between `<!-- generated: <name> -->` and `<!-- end -->` is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from contracts.case_state import STAGE_OF
from contracts.clocks import Calendar, Reading, deadline
from contracts.clocks.calendar import SHANGHAI
from contracts.generate.glosses import STAGES
from contracts.registry.base import Limit
from contracts.transitions import FACTS, FILED, ROLES, STATUSES, TABLE, Transition, Word, named

Language = Literal["zh", "en"]

PAGES: dict[str, Language] = {"docs/domain.md": "en", "docs/domain.zh-CN.md": "zh"}
"""Pages with generated parts, and the language of each."""

_PART = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, language: Language) -> str:
    """The page with its generated parts as the code now has them. Raises `KeyError` for a part nobody makes."""
    return _PART.sub(lambda found: f"{found[1]}{_PARTS[found['name']](language)}\n{found[3]}", text)


def statuses(language: Language) -> str:
    """Every status, by stage."""
    rows = [
        (_of_stage(stage, language), "、".join(each) if language == "zh" else ", ".join(each))
        for stage in list(STAGES)[:6]
        if (each := [f"`{key}` {_say(STATUSES[key], language)}" for key, its in STAGE_OF.items() if its == stage])
    ]
    return _table(("阶段", "状态") if language == "zh" else ("stage", "statuses"), rows)


def transitions(language: Language) -> str:
    """The table, as people read it: what nobody does stands apart."""
    return _rows((row for row in TABLE if not row.crossed), language)


def crossings(language: Language) -> str:
    """The rows that only come about because two services spoke at once."""
    return _rows((row for row in TABLE if row.crossed), language)


def diagram(language: Language) -> str:
    """The table as a Mermaid picture. What may happen to every filed case leaves from the box around it."""
    lines = ["```mermaid", "stateDiagram-v2", "  direction TB"]
    lines += [f'  state "{_say(word, language)}" as {key}' for key, word in STATUSES.items() if key in STAGE_OF]
    lines += [f'  state "{_say(STATUSES["filed"], language)}" as filed {{', *_arrows(_inside, language), "  }"]
    lines += [*_arrows(_outside, language), "```"]
    return "\n".join(lines)


def clock_examples(language: Language) -> str:
    """One limit of each unit on the same Friday evening before a make-up Saturday; a work day in both readings."""
    titles = ("单位", "时限", "起算", "到期", "说明") if language == "zh" else ("unit", "limit", "start", "due", "why")
    rows = [
        (f"`{each.limit.unit}`", f"{each.limit.amount}", _instant(START, language), _due(each, language), _say(each.why, language))
        for each in EXAMPLES
    ]  # fmt: skip
    return _table(titles, rows)


class Example(NamedTuple):
    """A limit, how a work day is read, and what there is to see."""

    limit: Limit
    reading: Reading
    why: Word


START = datetime(2026, 2, 13, 17, 30, tzinfo=SHANGHAI)
"""A Friday before the Spring Festival: Saturday 14 February is a make-up day, 15 to 23 February are off."""

EXAMPLES = (
    Example(Limit(amount=30, unit="urgent_minute"), "consumed", Word("连续计时", "runs without a break")),
    Example(Limit(amount=2, unit="urgent_hour"), "consumed", Word("夜间也计", "nights count")),
    Example(Limit(amount=3, unit="natural_day"), "consumed", Word("节假日也计", "holidays count")),
    Example(
        Limit(amount=4, unit="work_hour"), "consumed",
        Word("周五半小时，调休周六上午三个半小时", "half an hour on Friday, three and a half on the make-up Saturday"),
    ),
    Example(
        Limit(amount=1, unit="work_day"), "consumed",
        Word("读法一 `consumed`：自起算满一个办公日（八小时）", "reading `consumed`: one office day (eight hours) from the start"),
    ),
    Example(
        Limit(amount=1, unit="work_day"), "end_of_day",
        Word("读法二 `end_of_day`：次一工作日下班时", "reading `end_of_day`: closing time of the first working day after it"),
    ),
    Example(
        Limit(amount=2, unit="work_day"), "consumed",
        Word("周六之后放假九天，余下七个半小时在节后", "nine days off after Saturday: the last seven and a half hours are after the festival"),
    ),
)  # fmt: skip


def _due(example: Example, language: Language) -> str:
    return _instant(deadline(START, example.limit, Calendar(reading=example.reading)).due_at, language)


def _instant(moment: datetime, language: Language) -> str:
    local = moment.astimezone(SHANGHAI)
    days = "一二三四五六日" if language == "zh" else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    day = days[local.weekday()]
    return f"{local:%m-%d} 周{day} {local:%H:%M}" if language == "zh" else f"{day} {local:%m-%d %H:%M}"


def _rows(rows: Iterable[Transition], language: Language) -> str:
    if language == "zh":
        titles = ("从", "事实", "到", "由谁", "条件", "负责服务")
    else:
        titles = ("from", "fact", "to", "who", "condition", "owner")
    return _table(
        titles,
        [
            (
                _say(named(STATUSES, filter(None, row.before)), language), _say(FACTS[row.fact], language),
                _say(STATUSES[row.after], language), _say(named(ROLES, row.who), language), _say(Word(row.zh, row.en), language),
                row.owner,
            )
            for row in rows
        ],
    )  # fmt: skip


def _arrows(wanted: Callable[[str, str, bool], bool], language: Language) -> list[str]:
    """One arrow for each pair of statuses, with every fact that leads that way. Staying is not drawn."""
    labels: dict[tuple[str, str], dict[str, None]] = {}
    for row in TABLE:
        whole = len(row.before) >= len(FILED)
        befores = {"filed" if whole and each in FILED else each or "[*]" for each in row.before}
        for before in sorted(befores):
            if not row.crossed and before != row.after and wanted(before, row.after, whole):
                labels.setdefault((before, row.after), {})[_say(FACTS[row.fact], language)] = None
    joint = "、" if language == "zh" else ", "
    return [f"  {before} --> {end}: {joint.join(found)}" for (before, end), found in labels.items()]


def _inside(before: str, end: str, _: bool) -> bool:
    return before in FILED and end in FILED


def _outside(before: str, end: str, whole: bool) -> bool:
    return not _inside(before, end, whole)


def _of_stage(stage: str, language: Language) -> str:
    zh, _, en = STAGES[stage].partition(" · ")
    return zh if language == "zh" else en


def _say(word: Word, language: Language) -> str:
    return word.zh if language == "zh" else word.en


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(titles)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_PARTS: dict[str, Callable[[Language], str]] = {
    "statuses": statuses,
    "transitions": transitions,
    "crossings": crossings,
    "diagram": diagram,
    "clock-examples": clock_examples,
}
"""Name of a part → what makes it."""
