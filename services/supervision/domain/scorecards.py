"""Scorecards: every figure is a sum of facts, every rate names its numerator and its denominator.

Where practice has several formulas the one used here is said in words. Weights and grades are data of the district
and come on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from contracts.evaluation import Satisfied
from services.supervision.domain.facts import Kind

Names = tuple[str, str]
"""In Chinese and English."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: the sum of some figures ÷ the sum of others."""

    name: Names
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    formula: Names
    higher_is_better: bool = True


FIGURES: Mapping[Kind, Mapping[str, Names]] = {
    "unit": {
        "dispatched": ("派遣数", "Orders received"),
        "sign_due": ("应签收数", "Signatures due"),
        "signed_on_time": ("按时签收数", "Signed on time"),
        "completed": ("处置数", "Completed"),
        "handling_due": ("应处置数", "Completions due"),
        "completed_on_time": ("按期处置数", "Completed on time"),
        "overdue": ("超期数", "Ran over the limit"),
        "return_requested": ("申请退单数", "Returns asked for"),
        "return_accepted": ("准予退单数", "Returns accepted"),
        "return_refused": ("驳回退单数", "Returns refused"),
        "recheck_passed": ("核查通过数", "Rechecks passed"),
        "recheck_failed": ("核查不通过数", "Rechecks failed"),
        "reworked": ("返工数", "Reworks"),
        "rework_overdue": ("返工超期数", "Reworks that ran over"),
        "urged": ("催办数", "Times urged"),
        "ordered": ("督办数", "Formal orders"),
        "extension_requested": ("申请延期数", "Extensions asked for"),
        "extension_granted": ("准予延期数", "Extensions granted"),
        "suspension_requested": ("申请挂账数", "Suspensions asked for"),
        "suspension_granted": ("准予挂账数", "Suspensions granted"),
        "feedback_solved": ("群众答已解决数", "Reporters who said solved"),
        "feedback_not_solved": ("群众答未解决数", "Reporters who said not solved"),
        "feedback_satisfied": ("满意数", "Satisfied"),
        "feedback_fair": ("基本满意数", "Fair"),
        "feedback_dissatisfied": ("不满意数", "Dissatisfied"),
    },
    "officer": {
        "reported": ("上报数", "Reports"),
        "filed": ("立案数", "Reports that were filed"),
        "settled": ("自行处置数", "Settled on the spot"),
        "settlement_refused": ("自行处置未通过数", "Settlements refused"),
        "sample_passed": ("抽查通过数", "Sampled settlements that held"),
        "sample_failed": ("抽查不通过数", "Sampled settlements that did not hold"),
        "task_due": ("应核实核查数", "Verify and recheck tasks due"),
        "task_on_time": ("按时核实核查数", "Tasks done on time"),
    },
}
"""Every figure that is counted, by kind of subject."""

_VOICES: tuple[Satisfied, ...] = ("satisfied", "fair", "dissatisfied")
_SATISFACTION = tuple(f"feedback_{voice}" for voice in _VOICES)

RATES: Mapping[Kind, Mapping[str, Rate]] = {
    "unit": {
        "signed_on_time_rate": Rate(
            ("按时签收率", "Signed on time"), ("signed_on_time",), ("sign_due",),
            ("按时签收数 ÷ 应签收数", "signed on time ÷ signatures due"),
        ),
        "on_time_rate": Rate(
            ("按期处置率", "Completed on time"), ("completed_on_time",), ("handling_due",),
            ("按期处置数 ÷ 应处置数（到期月份计，首次办结为准）",
             "completed on time ÷ completions due (by month due, judged at the first completion)"),
        ),
        "recheck_pass_rate": Rate(
            ("核查通过率", "Rechecks passed"), ("recheck_passed",), ("recheck_passed", "recheck_failed"),
            ("通过 ÷（通过 + 不通过）", "passed ÷ (passed + failed)"),
        ),
        "rework_rate": Rate(
            ("返工率", "Reworks"), ("reworked",), ("completed",),
            ("返工数 ÷ 处置数（各地另有以应结案数为分母的算法）",
             "reworks ÷ completed (other places divide by cases that should be closed)"),
            higher_is_better=False,
        ),
        "return_rate": Rate(
            ("退单率", "Returns"), ("return_requested",), ("dispatched",),
            ("申请退单数 ÷ 派遣数", "returns asked for ÷ orders received"), higher_is_better=False,
        ),
        "solved_rate": Rate(
            ("解决率", "Solved, say reporters"), ("feedback_solved",), ("feedback_solved", "feedback_not_solved"),
            ("答已解决 ÷ 已答复（未答复不计）", "said solved ÷ answered (no answer does not count)"),
        ),
        "satisfied_rate": Rate(
            ("满意率", "Satisfied, say reporters"), _SATISFACTION[:2], _SATISFACTION,
            ("（满意 + 基本满意）÷ 已评价", "(satisfied + fair) ÷ rated"),
        ),
    },
    "officer": {
        "validity_rate": Rate(
            ("有效上报率", "Validity"), ("filed", "settled"), ("reported",),
            ("（立案数 + 自行处置数）÷ 上报数", "(filed + settled on the spot) ÷ reports"),
        ),
        "task_on_time_rate": Rate(
            ("任务按时率", "Tasks on time"), ("task_on_time",), ("task_due",),
            ("按时核实核查数 ÷ 应核实核查数", "verify and recheck tasks done on time ÷ due"),
        ),
        "sample_pass_rate": Rate(
            ("自行处置抽查通过率", "Sampled settlements that held"), ("sample_passed",), ("sample_passed", "sample_failed"),
            ("通过 ÷（通过 + 不通过）", "held ÷ sampled"),
        ),
    },
}  # fmt: skip
"""Every rate, by kind of subject."""


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class FigureView(_View):
    """A count. Its cases are one call away."""

    figure: str
    name: str
    name_en: str
    value: int


class RateView(_View):
    """A rate with what it was made of."""

    rate: str
    name: str
    name_en: str
    numerator: int
    denominator: int
    value: float | None
    """None when nothing was due: not the same as zero."""
    numerator_figures: tuple[str, ...]
    denominator_figures: tuple[str, ...]
    formula: str
    formula_en: str
    higher_is_better: bool


class Scorecard(_View):
    """One subject in one month."""

    kind: Kind
    subject_id: str
    name: str
    name_en: str
    month: str
    figures: tuple[FigureView, ...]
    rates: tuple[RateView, ...]


def scorecard(kind: Kind, subject: tuple[str, str, str], month: str, counts: Mapping[str, int]) -> Scorecard:
    """The card of a subject `(id, name, name_en)` from its counts; what never happened is 0, not left out."""
    subject_id, name, name_en = subject
    return Scorecard(
        kind=kind,
        subject_id=subject_id,
        name=name,
        name_en=name_en,
        month=month,
        figures=tuple(
            FigureView(figure=figure, name=zh, name_en=en, value=counts.get(figure, 0))
            for figure, (zh, en) in FIGURES[kind].items()
        ),
        rates=tuple(_rate(key, rate, counts) for key, rate in RATES[kind].items()),
    )


def _rate(key: str, rate: Rate, counts: Mapping[str, int]) -> RateView:
    numerator = sum(counts.get(figure, 0) for figure in rate.numerator)
    denominator = sum(counts.get(figure, 0) for figure in rate.denominator)
    return RateView(
        rate=key,
        name=rate.name[0],
        name_en=rate.name[1],
        numerator=numerator,
        denominator=denominator,
        value=round(numerator / denominator, 4) if denominator else None,
        numerator_figures=rate.numerator,
        denominator_figures=rate.denominator,
        formula=rate.formula[0],
        formula_en=rate.formula[1],
        higher_is_better=rate.higher_is_better,
    )
