"""Published rules about how figures are counted."""

from __future__ import annotations

from contracts.figures import FIGURES, SUBJECTS
from contracts.figures.counting_rules import CountingRule, counting_rules


def figures_with(rule: CountingRule) -> set[tuple[str, str]]:
    """Return kind and figure of everything that the rule is published for."""
    return {(kind, figure) for kind in SUBJECTS for figure in FIGURES[kind] if rule in counting_rules(kind, (figure,))}
