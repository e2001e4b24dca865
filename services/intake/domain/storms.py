"""Treatment of a report in a storm 灾情归并 or a control area 统一答复区.

In a storm, the centre files one parent case at once. Every matching report is attached to the parent case
(`case_attached`, rule `polygon`), and one reply reaches all reporters, including later ones. In a control area, every
matching report is answered at once with a fixed text, and counted like any other report.
"""

from __future__ import annotations

from contracts.common import Actor, Place
from contracts.events.acceptance import CaseAnswered
from contracts.events.acceptance.storms import ReplyGiven, StormDeclared, StormEnded
from contracts.events.discovery import ReportReceived
from contracts.registry import FilingCondition
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case, MoreCasesNeeded
from services.intake.domain import filing
from services.intake.domain.areas import Area
from services.intake.domain.attachments import attach
from services.intake.domain.case import IntakeCase, IntakeCases, Storm
from services.intake.domain.problems import AreaOver
from services.intake.domain.receiving import case_number


def declare_storm(case: Case[IntakeCase], area: Area, condition: FilingCondition, place: Place, serial: int) -> None:
    """Open and file the parent case of a storm, on behalf of the person who declared the storm."""
    category = case.district.categories[condition.category]
    report = ReportReceived(
        report_id=case.id,
        case_number=case_number(case.district, case.now, serial),
        channel="department",
        category_id=category.id,
        category_name=category.name,
        category_name_en=category.name_en,
        place=place,
        description=f"{area.name}：{area.note}" if area.note else area.name,
        occurred_at=min(area.starts_at, case.now),
        reported_at=case.now,
        registered_at=case.now,
        reported_by=area.declared_by,
        emergency=category.emergency,
    )
    state = case.state
    state.status, state.report, state.place, state.verified = "reported", report, place, True
    state.category_id, state.condition_id = category.id, condition.id
    state.storm, state.area_id = Storm(storm_id=area.id), area.id
    case.emit(report)
    case.emit(
        StormDeclared(
            storm_id=area.id,
            name=area.name,
            name_en=area.name_en,
            category_ids=area.category_ids,
            polygon=area.polygon,
            starts_at=area.starts_at,
            ends_at=area.ends_at,
            note=area.note,
            declared_by=area.declared_by,
        )
    )
    filing.file(case, condition, area.declared_by)


def apply_area(cases: IntakeCases, case: Case[IntakeCase], area: Area) -> bool:
    """Attach the report to the parent case of the storm, or answer it with the text of the control area.

    Return False if the storm no longer accepts the report. Raises `MoreCasesNeeded` if the parent case is not loaded.
    """
    if area.kind == "control":
        _answer(case, area)
        return True
    parent_id = area.parent_case_id
    assert parent_id is not None
    if parent_id not in cases:
        raise MoreCasesNeeded({parent_id})
    parent = cases[parent_id]
    if not accepts_reports(parent.state) or parent is case or case.state.storm is not None:
        return False
    attach(cases, case, parent_id, "polygon", SYSTEM)
    case.state.area_id = area.id
    _send_reply(case, parent.state.storm)
    return True


def accepts_reports(parent: IntakeCase) -> bool:
    """Return whether the parent case of a storm still accepts reports: storm and case must both be open."""
    return parent.storm is not None and not parent.storm.ended and parent.open


def reply_to_reporters(cases: IntakeCases, parent: Case[IntakeCase], text: str, text_en: str, by: Actor) -> int:
    """Send one reply to all present and later reporters of a storm. Return the number of reports attached now.

    The same text again changes nothing. Raises `MoreCasesNeeded` if an attached case is not loaded.
    """
    storm = parent.state.storm
    assert storm is not None
    if missing := {joined.case_id for joined in parent.state.joined} - cases.keys():
        raise MoreCasesNeeded(missing)
    if (storm.reply, storm.reply_en) != (text, text_en):
        storm.reply, storm.reply_en, storm.replied_by = text, text_en, by
        for joined in parent.state.joined:
            _send_reply(cases[joined.case_id], storm)
    return len(parent.state.joined)


def end_storm(parent: Case[IntakeCase], note: str, by: Actor) -> None:
    """End the storm, so that it accepts no more reports. A repeated call changes nothing."""
    storm = parent.state.storm
    assert storm is not None
    if storm.ended:
        return
    storm.ended = True
    parent.emit(StormEnded(storm_id=storm.storm_id, note=note, ended_by=by))


def require_running(area: Area) -> None:
    """Raise `AreaOver` if somebody has ended the storm or control area."""
    if area.ended_at is not None:
        raise AreaOver(name=area.name)


def _answer(case: Case[IntakeCase], area: Area) -> None:
    case.emit(
        CaseAnswered(answer=area.answer, answer_en=area.answer_en or None, control_area_id=area.id, answered_by=SYSTEM)
    )
    state = case.state
    state.status, state.area_id = "answered", area.id
    state.task, state.missing, state.due_at, state.possible_duplicate_of = None, (), None, None


def _send_reply(case: Case[IntakeCase], storm: Storm | None) -> None:
    if storm is None or not storm.reply or storm.replied_by is None:
        return
    case.emit(
        ReplyGiven(
            report_id=case.state.received_report.report_id,
            text=storm.reply,
            text_en=storm.reply_en,
            storm_id=storm.storm_id,
            replied_by=storm.replied_by,
        )
    )
