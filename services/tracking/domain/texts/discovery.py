"""Sentences of stage 1, 发现."""

from __future__ import annotations

from contracts.events import discovery as events
from services.tracking.domain.texts.line import Choice, Line, Lines, category, plain, word
from services.tracking.domain.words import CHANNELS

_FIELDS = {"channel": word("channel", CHANNELS), "category": category, "number": plain("case_number")}

LINES: Lines = {
    events.ReportReceived: Choice(
        lambda event: "split" if event.split_from is not None else event.settlement is not None,
        {
            "split": Line(
                "由他案拆分，{category}，编号 {number}",
                "Split from another case: {category}, number {number}",
                _FIELDS,
                note="description",
            ),
            False: Line(
                "收到上报，渠道：{channel}，{category}，编号 {number}",
                "Report received by {channel}: {category}, number {number}",
                _FIELDS,
                note="description",
            ),
            True: Line(
                "网格员自行处置并上报，{category}，编号 {number}",
                "Settled on the spot and reported: {category}, number {number}",
                _FIELDS,
                note="description",
            ),
        },
    ),
}
