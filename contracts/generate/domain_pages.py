"""The generated parts of `docs/domain.md` and its Chinese version: statuses, transitions, diagram, examples of clocks.

The text between `<!-- generated: <name> -->` and `<!-- end -->` is generated. The rest of the pages is written by
people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from contracts import labels
from contracts.case_state import STAGE_OF
from contracts.generate.clocks import readings, stages, stories, units
from contracts.generate.formatting import Language, in_language, table
from contracts.timeline import Text
from contracts.transitions import FACTS, FILED, ROLES, STATUSES, TABLE, Transition, named

PAGES: dict[str, Language] = {"docs/domain.md": "en", "docs/domain.zh-CN.md": "zh"}
"""Language of each page that has generated parts, by path."""

_PART = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str, language: Language) -> str:
    """Return the text of the page, with each generated part replaced by the newly generated text.

    Raises `KeyError` for an unknown part.
    """
    return _PART.sub(lambda found: f"{found[1]}{_PARTS[found['name']](language)}\n{found[3]}", text)


def statuses(language: Language) -> str:
    """Return the table of the statuses of each stage."""
    rows = [
        (_of_stage(stage, language), "、".join(each) if language == "zh" else ", ".join(each))
        for stage in labels.STAGES
        if (
            each := [f"`{key}` {in_language(STATUSES[key], language)}" for key, its in STAGE_OF.items() if its == stage]
        )
    ]
    return table(("阶段", "状态") if language == "zh" else ("stage", "statuses"), rows)


def transitions(language: Language) -> str:
    """Return the table of transitions, without those that only concurrent events cause."""
    return _rows((row for row in TABLE if not row.concurrent), language)


def concurrent_transitions(language: Language) -> str:
    """Return the table of transitions that only concurrent events of two services cause."""
    return _rows((row for row in TABLE if row.concurrent), language)


def diagram(language: Language) -> str:
    """Return the transitions as a Mermaid diagram. A box contains the statuses of a filed case.

    A transition from all statuses of a filed case starts at the box.
    """
    lines = ["```mermaid", "stateDiagram-v2", "  direction TB"]
    lines += [f'  state "{in_language(word, language)}" as {key}' for key, word in STATUSES.items() if key in STAGE_OF]
    lines += [f'  state "{in_language(STATUSES["filed"], language)}" as filed {{', *_arrows(_inside, language), "  }"]
    lines += [*_arrows(_outside, language), "```"]
    return "\n".join(lines)


def _rows(rows: Iterable[Transition], language: Language) -> str:
    if language == "zh":
        titles = ("从", "事实", "到", "由谁", "条件", "负责服务")
    else:
        titles = ("from", "fact", "to", "who", "condition", "owner")
    return table(
        titles,
        [
            (
                in_language(named(STATUSES, filter(None, (each for one in alike for each in one.before))), language),
                in_language(FACTS[row.fact], language),
                in_language(_STAYS if len(alike) > 1 else STATUSES[row.after], language),
                in_language(named(ROLES, row.who), language),
                in_language(Text(row.zh, row.en), language),
                row.owner,
            )
            for alike in _group_by_change(rows)
            for row in alike[:1]
        ],
    )


_STAYS = Text("不变", "the same")


def _group_by_change(rows: Iterable[Transition]) -> Iterable[list[Transition]]:
    """Return transitions in groups.

    Transitions that keep the status form a group if event, people and condition are equal. Every other transition is a
    group of its own.
    """
    found: dict[object, list[Transition]] = {}
    for row in rows:
        key = (row.fact, row.who, row.zh) if row.before == (row.after,) else row
        found.setdefault(key, []).append(row)
    return found.values()


def _arrows(wanted: Callable[[str, str, bool], bool], language: Language) -> list[str]:
    """Return one arrow for each pair of different statuses, labelled with the events between them."""
    labels: dict[tuple[str, str], dict[str, None]] = {}
    for row in TABLE:
        whole = len(row.before) >= len(FILED)
        former_statuses = {"filed" if whole and each in FILED else each or "[*]" for each in row.before}
        for before in sorted(former_statuses):
            if not row.concurrent and before != row.after and wanted(before, row.after, whole):
                labels.setdefault((before, row.after), {})[in_language(FACTS[row.fact], language)] = None
    joint = "、" if language == "zh" else ", "
    return [f"  {before} --> {end}: {joint.join(found)}" for (before, end), found in labels.items()]


def _inside(before: str, end: str, _: bool) -> bool:
    return before in FILED and end in FILED


def _outside(before: str, end: str, whole: bool) -> bool:
    return not _inside(before, end, whole)


def _of_stage(stage: str, language: Language) -> str:
    zh, en = labels.STAGES[stage]
    return zh if language == "zh" else en.capitalize()


_PARTS: dict[str, Callable[[Language], str]] = {
    "statuses": statuses,
    "transitions": transitions,
    "concurrent-transitions": concurrent_transitions,
    "diagram": diagram,
    "clock-units": units,
    "clock-stages": stages,
    "clock-readings": readings,
    "clock-stories": stories,
}
"""Functions that return the generated parts, by name of the part."""
