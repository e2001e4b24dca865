"""The checks before a release. Each finding names the line that breaks a rule.

The checks run on a draft whose lines could all be parsed. They all run, even if one on which another depends has failed
(geometry depends on codes), so that one import shows as many faults as possible.
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
    """Return every fault of the draft, by file and line. A draft without faults may be published."""
    return sort_findings(finding for rule in CHECKS for finding in rule(draft))
