"""Tables of scorecards and of the cases counted in a figure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from contracts.figures import FIGURES, Meaning, Subject, counting_rules
from contracts.registry import ScoreRate, ScoreRule, ScoreVolume
from services.chassis.spreadsheets import Cell, Sheet, as_async_rows
from services.supervision.domain.evaluation.scorecards import Scorecard
from services.supervision.store.scores import CountedCase


def of_scorecards(cards: Sequence[Scorecard], kind: Subject, rule: ScoreRule | None, language: str) -> list[Sheet]:
    """Return a table with figures, rates, score and grade of each subject, and a table of definitions."""
    english = language == "en"
    figures = [meaning.en if english else meaning.zh for meaning in FIGURES[kind].values()]
    rates = [f"Rate: {rate.name_en}" if english else rate.name for rate in rule.rates] if rule is not None else []
    volumes = [each.name_en if english else each.name for each in rule.volumes] if rule is not None else []
    head = ["Subject", "Name", "Period"] if english else ["对象", "名称", "期间"]
    tail = ["Score", "Events", "Grade"] if english else ["得分", "事件数", "等级"]
    rows: list[Sequence[Cell]] = [
        [
            card.subject_id,
            card.name_en if english else card.name,
            card.period,
            *(figure.value for figure in card.figures),
            *(rate.value for rate in card.rates),
            *(each.score for each in card.volumes),
            card.score,
            card.events,
            _graded(card, english=english),
        ]
        for card in cards
    ]
    title, meaning = ("Scorecards", "Definitions") if english else ("评价", "计算办法")
    return [
        Sheet(title, [*head, *figures, *rates, *volumes, *tail], as_async_rows(rows)),
        Sheet(meaning, _MEANING[english], as_async_rows(_definitions(kind, rule, english=english))),
    ]


def _graded(card: Scorecard, *, english: bool) -> str | None:
    if card.no_grade == "too_few_events":
        return "not enough events" if english else "事件不足"
    return card.grade


def of_cases(rows: AsyncIterator[CountedCase], figure: Meaning, language: str) -> Sheet:
    """Return a table of the cases that the figure counts, oldest first. A case that counts twice has two rows."""
    english = language == "en"
    columns = ["Case", "Counted at", "Counts", "Remark"] if english else ["案件编号", "计入时间", "计数", "说明"]

    async def lines() -> AsyncIterator[Sequence[Cell]]:
        async for row in rows:
            yield [row.case_number, row.at, row.value, _remark(row, english=english)]

    return Sheet(figure.en if english else figure.zh, columns, lines())


_MEANING = {
    False: ["指标", "类别", "公式或归月", "权重", "版本", "批准"],
    True: ["Name", "Kind", "Formula, or month it counts in", "Weight", "Edition", "Approved by"],
}


_GRADES = {
    False: (
        "等级",
        "等级",
        "按得分定级；得分所依据的事件数（有权重的各比率中最大的分母）少于区县设置 grade_events 的，不定级",
    ),
    True: (
        "Grade",
        "grade",
        "by score; no grade if the score is based on fewer events (the largest denominator of the weighted rates) than the district setting grade_events",
    ),
}


def _definitions(kind: Subject, rule: ScoreRule | None, *, english: bool) -> list[Sequence[Cell]]:
    basis = {
        "event": "month of the event" if english else "按发生月份",
        "due": "month of the due time" if english else "按到期月份",
        "shift": "month in which the shift begins" if english else "按班次开始月份",
        "standing": "as it stands at the end" if english else "期末存量",
    }
    figure, rate, volume = ("figure", "rate", "score by volume") if english else ("计数", "比率", "数量分")
    found: list[Sequence[Cell]] = [
        [
            each.en if english else each.zh,
            figure,
            _with_notes(basis[each.basis], kind, (name,), english=english),
            None,
            None,
            None,
        ]
        for name, each in FIGURES[kind].items()
    ]
    if rule is None:
        return found
    weights = {item.rate: item.weight for item in rule.items}
    approved = f"{rule.approved_by_en if english else rule.approved_by} {rule.approved_on}"
    kinds = [*((rate, each) for each in rule.rates), *((volume, each) for each in rule.volumes)]
    return (
        found
        + [[*_GRADES[english], None, rule.id, approved]]
        + [
            [
                each.name_en if english else each.name,
                what,
                _with_notes(each.formula_en if english else each.formula, kind, _figures(each), english=english),
                weights.get(each.id),
                rule.id,
                approved,
            ]
            for what, each in kinds
        ]
    )


def _figures(each: ScoreRate | ScoreVolume) -> tuple[str, ...]:
    return (*each.numerator, *each.denominator) if isinstance(each, ScoreRate) else each.figures


def _with_notes(text: str, kind: Subject, figures: Sequence[str], *, english: bool) -> str:
    """Return the text, followed by every counting rule that applies to these figures."""
    found = [rule.en if english else rule.zh for rule in counting_rules(kind, figures)]
    return ("; " if english else "；").join([text, *found])


def _remark(row: CountedCase, *, english: bool) -> str:
    if row.exempt:
        return (
            "exempt (appeal or storm): it happened but does not count"
            if english
            else "申诉成立或灾害期间：曾发生，不计"
        )
    if row.late:
        return "correction of an earlier month" if english else "更正以前月份"
    return ""
