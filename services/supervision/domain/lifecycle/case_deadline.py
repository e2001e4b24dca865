"""The deadline of the case: the promise to the reporter, or an earlier deadline that an external sender set.

The promise is judged once, at the first closing, and does not run again. An external deadline that is still ahead runs
again after a reopening.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.supervision.domain.primitives import clocks
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.report_state import FiledCase, Report


def start_case_deadline(case: SupervisionCase) -> None:
    """Start the case clock with the earliest deadline that applies.

    A running clock with another deadline is replaced and not judged. Once the promise to the reporter is judged, only
    external deadlines apply.
    """
    filed = case.state.filed_case
    if filed is None or case.state.ended:
        return
    due_at = _due_at(case, filed)
    for clock_id, clock in clocks.find(case, "case"):
        if clock.due_at == due_at:
            return
        clocks.stop(case, clock_id, case.now, cancelled=True)
    if due_at is None:
        return
    external = filed.from_outside or case.state.promise_judged or due_at < filed.case_due_at
    clocks.start(
        case,
        "case",
        case.state.registered_at or filed.reported_at,
        filed.promise.unit,
        limit=None if external else filed.promise,
        due_at=due_at,
    )


def apply_report_deadline(case: SupervisionCase, report: Report) -> None:
    """Recompute the case deadline after a report was attached or detached, if that report has a deadline."""
    if report.due_at is not None:
        start_case_deadline(case)


def _due_at(case: SupervisionCase, filed: FiledCase) -> datetime | None:
    if not case.state.promise_judged:
        return min([filed.case_due_at, *_report_deadlines(case)])
    own = [filed.case_due_at] if filed.from_outside else []
    return min((each for each in (*own, *_report_deadlines(case)) if each > case.now), default=None)


def _report_deadlines(case: SupervisionCase) -> Iterator[datetime]:
    return (each.due_at for each in case.state.reports.values() if each.due_at is not None)
