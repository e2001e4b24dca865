"""Everything that is checked before a release: each rule names the line that breaks it.

Rules run on a draft whose lines are all readable. A rule that rests on another (geometry on codes) still runs when the
other failed, so that one import shows as much as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.registry.domain.checks.codes import check_codes
from services.registry.domain.checks.coverage import check_coverage
from services.registry.domain.checks.geometry import check_geometry
from services.registry.domain.checks.limits import check_limits
from services.registry.domain.checks.listing import check_list
from services.registry.domain.checks.people import check_people
from services.registry.domain.checks.references import check_references
from services.registry.domain.checks.wording import check_wording
from services.registry.domain.draft import Draft, Finding, in_order

CHECKS: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    check_codes,
    check_references,
    check_people,
    check_geometry,
    check_limits,
    check_list,
    check_coverage,
    check_wording,
)


def check(draft: Draft) -> list[Finding]:
    """Every finding against the draft, by file and line. Empty: it may be published."""
    return in_order(finding for rule in CHECKS for finding in rule(draft))
