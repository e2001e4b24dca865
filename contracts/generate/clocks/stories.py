"""The examples of clocks, as Markdown tables."""

from __future__ import annotations

from contracts.clocks import CONTINUOUS, Deadline, allowance, elapsed
from contracts.generate.clocks.examples import STORIES
from contracts.generate.clocks.story import Step
from contracts.generate.formatting import Language, duration, in_language, instant, table


def stories(language: Language) -> str:
    """Return all examples as Markdown: title, table of the steps, and the rule."""
    titles = ("时间", "事由", "剩余", "到期") if language == "zh" else ("time", "event", "remaining", "due")
    return "\n\n".join(
        f"**{in_language(story.title, language)}**\n\n"
        f"{table(titles, (_row(step, language) for step in story.steps))}\n\n"
        f"{in_language(story.lesson, language)}"
        for story in STORIES
    )


def _row(step: Step, language: Language) -> tuple[str, ...]:
    return (
        instant(step.at, language),
        in_language(step.what, language),
        _remaining(step, language),
        _due(step.due, language),
    )


def _remaining(step: Step, language: Language) -> str:
    """Return how much of the limit remains at the step."""
    if step.due is None:
        used = elapsed(step.start, step.at, step.limit.unit, step.calendar, step.pauses)
        span = allowance(step.start, step.limit, step.calendar) - used
    else:
        span = elapsed(max(step.at, step.start), step.due.due_at, step.limit.unit, step.calendar)
    text = duration(span, language)
    if step.limit.unit in CONTINUOUS:
        return text
    return f"办公时间 {text}" if language == "zh" else f"{text} of office time"


def _due(due: Deadline | None, language: Language) -> str:
    if due is None:
        return "暂停" if language == "zh" else "paused"
    mark = ("（暂定）" if language == "zh" else " (provisional)") if due.provisional else ""
    return f"{instant(due.due_at, language)}{mark}"
