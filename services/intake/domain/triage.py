"""Triage: the first decision about an accepted report, after the comparison with reports near by.

Every report passes triage in one transaction, soon after its 202 response. No other service acts on a report before
triage.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.common import Channel, RequestType
from contracts.events.acceptance import VerifyMode
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import deadlines, filing, storms, verification
from services.intake.domain.areas import Area, matching_area
from services.intake.domain.attachments import attach, can_host, link, link_named_case
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.duplicates import Verdict
from services.intake.domain.verifiers import OpenTasks

DIRECT_CHANNELS: frozenset[Channel] = frozenset({"grid_terminal", "patrol_team", "department", "emergency", "upstream"})
"""Channels whose reports are filed at once if category, filing condition and photo are given."""

ANSWERED_REQUESTS: frozenset[RequestType] = frozenset({"praise", "suggestion", "inquiry"})
"""Request types that need an answer instead of work. A person looks at the report first."""


def triage(
    cases: IntakeCases, case: Case[IntakeCase], verdict: Verdict, open_tasks: OpenTasks, areas: Sequence[Area] = ()
) -> None:
    """Attach the report, answer it, or take the report's next step.

    Do nothing if the report has been triaged already.
    """
    if case.state.status != "reported":
        return
    if case.state.named_link is not None:
        link_named_case(cases, case, case.state.named_link)
    area = matching_area(case.state, areas, case.district)
    if area is not None and storms.apply_area(cases, case, area):
        return
    if verdict.host is not None and _attach_to_host(cases, case, verdict):
        return
    for earlier in verdict.recurrences:
        link(cases, case, "recurrence", earlier)
    if verdict.suggested is not None:
        case.state.possible_duplicate_of, case.state.possible_duplicate_number = (
            verdict.suggested.case_id,
            verdict.suggested.number,
        )
    proceed(case, open_tasks)


def _attach_to_host(cases: IntakeCases, case: Case[IntakeCase], verdict: Verdict) -> bool:
    """Attach the report to the case that duplicate detection found, its host. Return whether this was done.

    The report is not attached if the host has meanwhile ended, or if the host is the parent case of a storm: only the
    polygon and period of a storm decide which reports are attached to the parent case.
    """
    host_id = verdict.host
    assert host_id is not None
    if (found := cases.get(host_id)) is not None:
        host_id = found.state.attached_to or host_id
        if host_id in cases and (cases[host_id].state.storm is not None or not can_host(cases[host_id].state)):
            return False
    attach(cases, case, host_id, verdict.rule, SYSTEM)
    return True


def proceed(case: Case[IntakeCase], open_tasks: OpenTasks) -> None:
    """Take the next step of a report that is not attached.

    The case is filed, verified, or waits at the desk: for filing, or for the approval of a settlement on the spot.
    """
    state, district, report = case.state, case.district, case.state.received_report
    if state.sent_back_to_desk is not None:
        filing.await_filing(case, decision=True, photo=False)
    elif report.settlement is not None and state.settlement_approved is None:
        state.status, state.due_at = "settled", deadlines.settlement_deadline(case.now, district)
    elif is_emergency(state, district) and state.place is not None and is_trusted(state):
        _file_emergency(case)
    elif report.request_type in ANSWERED_REQUESTS or is_advice(state, district):
        filing.await_filing(case, decision=True, photo=False)
    elif report.channel in DIRECT_CHANNELS or report.confidential:
        photo = report.channel in DIRECT_CHANNELS and report.channel != "emergency" and not report.confidential
        if filing.missing_for_filing(case, photo=photo):
            filing.await_filing(case, photo=photo)
        else:
            filing.file(case, district.conditions[state.condition_id or ""], report.reported_by)
    else:
        _verify_or_wait(case, open_tasks)


def is_emergency(state: IntakeCase, district: RegistrySnapshot) -> bool:
    """Return whether the case is an emergency: by category, by severity, or as marked by an emergency service."""
    if state.urgent:
        return True
    if state.category_id is None:
        return False
    condition = district.conditions.get(state.condition_id or "")
    return district.is_emergency(state.category_id, condition.severity if condition else 4)


def is_advice(state: IntakeCase, district: RegistrySnapshot) -> bool:
    """Return whether the category asks for advice, which the desk may answer at once."""
    category = district.categories.get(state.category_id or "")
    return category is not None and category.answerable


def is_trusted(state: IntakeCase) -> bool:
    """Return whether a person has confirmed the problem: the sender, or somebody who looked at the camera's frame."""
    return state.received_report.channel != "camera" or state.frame_confirmed


def verify_mode(state: IntakeCase, district: RegistrySnapshot) -> VerifyMode:
    """Return how to verify the report; `none` if it is verified already or needs no verification.

    The chosen filing condition decides. If none is chosen, the strictest condition of the category decides. If the
    category has no condition, an officer verifies on site.
    """
    if state.frame_confirmed or state.verified:
        return "none"
    conditions = district.conditions_of(state.category_id or "")
    chosen = [each for each in conditions if each.id == state.condition_id] or list(conditions)
    modes = {each.verify_mode for each in chosen}
    for mode in ("site", "phone", "none"):
        if mode in modes:
            return mode
    return "site"


def _verify_or_wait(case: Case[IntakeCase], open_tasks: OpenTasks) -> None:
    """Request a verification, or file a report that needs none.

    The report waits at the desk instead if no person has confirmed a camera detection, if a possible duplicate must be
    compared, if a site visit lacks a place, or if the category is missing or cannot be filed here.
    """
    state, district = case.state, case.district
    mode = verify_mode(state, district)
    unfileable = state.category_id is None or filing.why_unfileable(state.category_id, district) is not None
    if not is_trusted(state) or state.possible_duplicate_of is not None or unfileable:
        filing.await_filing(case, decision=not is_trusted(state), photo=False)
    elif mode == "none":
        verification.file_or_wait(case, SYSTEM)
    elif mode == "site" and state.place is None:
        filing.await_filing(case, photo=False)
    else:
        verification.request_verification(case, mode, open_tasks)


def _file_emergency(case: Case[IntakeCase]) -> None:
    """File an emergency without waiting.

    If no filing condition is chosen, use the gravest one of the category. If an emergency service marked the case as
    urgent and the category has no condition, use the category that the district has chosen for such cases.
    """
    state, district = case.state, case.district
    chosen = district.conditions.get(state.condition_id or "")
    known = district.conditions_of(state.category_id or "")
    if not known and state.urgent:
        known = district.conditions_of(district.settings.urgent_category or "")
    condition = chosen or min(known, key=lambda each: (each.severity, each.id), default=None)
    if condition is None:
        filing.await_filing(case, photo=False)
    else:
        report = state.received_report
        filing.file(case, condition, report.reported_by if report.channel in DIRECT_CHANNELS else SYSTEM)
