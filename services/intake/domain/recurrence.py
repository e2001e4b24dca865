"""Recurrence at one place 地点复发: problems that are gone whenever an officer comes, but come back.

A report whose problem is not found on site is not filed. The district sets how many of these reports, of one category,
at one place and within some days, make a recurrence. When the number is reached, a parent case is created for the cases
of these reports. The parent is filed at once and marked `joint`, so that the joint team of the area receives it. Later
cases of this category at this place become children of the parent.
"""

from __future__ import annotations

from uuid import UUID

from contracts.events.discovery import ReportReceived
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case, MoreCasesNeeded
from services.intake.domain import filing
from services.intake.domain.attachments import link
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.receiving import case_number


def link_recurrence(
    cases: IntakeCases, case: Case[IntakeCase], earlier: list[UUID], parent_id: UUID, serial: int
) -> None:
    """Link a case whose problem was not found on site to the parent case, or create the parent case.

    `earlier` are recent cases of the same category whose problem was not found at this place. The parent is created if
    there are enough of these cases; a case whose parent has been closed does not count again. Raises `MoreCasesNeeded`.
    """
    state, rules = case.state, case.district.settings.duplicates
    if state.not_filed != "not_found_on_site":
        return
    if missing := set(earlier) - cases.keys():
        raise MoreCasesNeeded(missing)
    others: list[Case[IntakeCase]] = []
    for other in (cases[each] for each in earlier):
        known = other.state.parent()
        if known is not None and known.case_id not in cases:
            raise MoreCasesNeeded({known.case_id})
        if known is None:
            others.append(other)
        elif cases[known.case_id].state.ended_at is None:
            link(cases, case, "parent", known.case_id)
            return
    condition_id = next((each.state.condition_id for each in (case, *others) if each.state.condition_id), None)
    if len(others) + 1 < rules.not_found_times or state.place is None or state.category_id is None:
        return
    conditions = case.district.conditions_of(state.category_id)
    if not conditions:
        return
    condition = next((each for each in conditions if each.id == condition_id), conditions[0])
    if parent_id not in cases:
        raise MoreCasesNeeded({parent_id})
    parent = cases[parent_id]
    _open_parent(parent, case, others, serial)
    for child in (*others, case):
        link(cases, parent, "child", child.id)
    filing.file(parent, condition, SYSTEM, joint=True)


def _open_parent(parent: Case[IntakeCase], case: Case[IntakeCase], others: list[Case[IntakeCase]], serial: int) -> None:
    """Create the parent case: record, in the name of the system, a report that names the other cases."""
    last = case.state.received_report
    numbers = "、".join(each.state.received_report.case_number for each in (*others, case))
    report = ReportReceived(
        report_id=parent.id,
        case_number=case_number(parent.district, parent.now, serial),
        channel=last.channel,
        request_type=last.request_type,
        category_id=last.category_id,
        category_name=last.category_name,
        category_name_en=last.category_name_en,
        place=case.state.place,
        description=f"同一地点多次上报、到场均已不在，转联合处置（{numbers}）。"
        f" Reported repeatedly at this place, but gone each time an officer came; assigned to the joint team ({numbers}).",
        occurred_at=parent.now,
        reported_at=parent.now,
        registered_at=parent.now,
        reported_by=SYSTEM,
        mode=last.mode,
    )
    state = parent.state
    state.status, state.report, state.place, state.verified = "reported", report, case.state.place, True
    state.category_id = case.state.category_id
    parent.emit(report)
