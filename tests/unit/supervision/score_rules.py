"""The score rules of the sample district and the notes of its figures."""

from __future__ import annotations

import json

from contracts.figures import FIGURES, SUBJECTS
from contracts.figures.counting_rules import CountingRule, counting_rules
from contracts.generate import ROOT
from contracts.registry import ScoreRule

SCORE_RULES = {
    rule.id: rule
    for line in (ROOT / "deploy/districts/lijin/score_rules.jsonl").read_text("utf-8").splitlines()
    if (rule := ScoreRule.from_body(json.loads(line)))
}


def figures_with_note(note: CountingRule) -> set[tuple[str, str]]:
    """Return kind and figure of everything to which the note applies."""
    return {(kind, figure) for kind in SUBJECTS for figure in FIGURES[kind] if note in counting_rules(kind, (figure,))}
