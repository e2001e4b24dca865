"""The rules of counting as texts for people, derived from the definitions of the figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from contracts.figures.deadlines import DEADLINES, Deadline
from contracts.figures.meaning import Meaning, Subject
from contracts.figures.table import FIGURES


class CountingRule(NamedTuple):
    """One rule of counting, as text in both languages."""

    zh: str
    en: str


EVERY_MILESTONE = CountingRule(
    "任一阶段目标超期即计超期，虽最终按期办结",
    "one missed milestone makes the deadline missed, even if the last milestone was kept",
)
ORDERED_ONLY = CountingRule(
    "协调类单位（物业、业委会、社会组织）系商请，不计时限",
    "limits of coordinated units do not count, because these units are asked, not ordered",
)
NOT_IN_STORMS = CountingRule("灾情归并期间的案件不计", "cases of a storm do not count")
APPEALED = CountingRule("申诉成立的不计", "events exempted by an upheld appeal do not count")
SHIFT_BEGINS = CountingRule("跨日、跨月的班次计入其开始之月", "a shift counts in the month in which it begins")


def deadline_of(figure: str) -> Deadline | None:
    """Return the kind of deadline that the figure counts; `None` for a figure that counts no deadline."""
    return next((each for each in DEADLINES if figure in (each.due, each.kept, each.missed)), None)


def counting_rules(kind: Subject, figures: Iterable[str]) -> tuple[CountingRule, ...]:
    """Return the rules of counting for some figures of a kind of subject, each rule once."""
    return tuple(dict.fromkeys(rule for figure in figures for rule in _rules_of(kind, figure)))


def _rules_of(kind: Subject, figure: str) -> Iterator[CountingRule]:
    meaning, deadline = FIGURES[kind][figure], deadline_of(figure)
    if meaning.basis == "shift":
        yield SHIFT_BEGINS
    if deadline is not None and deadline.every_milestone and figure != deadline.due:
        yield EVERY_MILESTONE
    if kind == "unit" and deadline is not None and deadline.ordered_only:
        yield ORDERED_ONLY
    if meaning.excluded_in_storms:
        yield NOT_IN_STORMS
    if figure in _exempted(FIGURES[kind]):
        yield APPEALED


def _exempted(meanings: Mapping[str, Meaning]) -> frozenset[str]:
    """Return the figures from which an upheld appeal can remove an event.

    These are the adverse figures, and the figures that an adverse figure names in `counts_with`.
    """
    found: set[str] = set()
    waiting = [figure for figure, meaning in meanings.items() if meaning.adverse]
    while waiting:
        figure = waiting.pop()
        if figure not in found:
            found.add(figure)
            waiting += meanings[figure].counts_with
    return frozenset(found)
