"""Checks of the district's data before a release. Each finding names the file and line that break a rule.

The checks run only if all lines could be parsed. All checks run, even if one of them finds faults, so that one import
shows as many faults as possible. For example, geometry is checked also if codes are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.registry.domain.checks.codes import check_codes
from services.registry.domain.checks.coverage import check_coverage
from services.registry.domain.checks.examples import check_examples
from services.registry.domain.checks.geometry import check_geometry
from services.registry.domain.checks.limits import check_limits
from services.registry.domain.checks.organisation import check_organisation
from services.registry.domain.checks.references import check_references
from services.registry.domain.checks.responsibilities import check_responsibilities
from services.registry.domain.district_draft import DistrictDraft, Finding, sort_findings

CHECKS: tuple[Callable[[DistrictDraft], Iterator[Finding]], ...] = (
    check_codes,
    check_references,
    check_organisation,
    check_geometry,
    check_limits,
    check_responsibilities,
    check_coverage,
    check_examples,
)


def check(draft: DistrictDraft) -> list[Finding]:
    """Return all faults of the data, ordered by file and line. Data without faults may be published."""
    return sort_findings(finding for rule in CHECKS for finding in rule(draft))
