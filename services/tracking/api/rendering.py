"""Creates the response about a case, with current names and only the content that the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.board import Card
from services.tracking.api.views import (
    CaseView,
    ConditionView,
    DispatchView,
    FeedbackView,
    PhotoView,
    PlaceView,
    RelativeView,
    ReportView,
    ReturnView,
    TaskView,
    UnitView,
    WaitingView,
)
from services.tracking.domain.card import card, category_of, light_of_dispatch
from services.tracking.domain.fold import fold
from services.tracking.domain.names import Names
from services.tracking.domain.record import Dispatch, Record
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.scope import Scope
from services.tracking.domain.summary import Summary
from services.tracking.domain.timeline import entries


def case_view(case_id: UUID, recorded: Sequence[RecordedEvent], names: Names, scope: Scope) -> CaseView:
    """Return the response about a case, computed from the events of the case.

    If the scope does not allow the content of a confidential case, content such as description and place is left out.
    """
    record = fold(recorded)
    knows = scope.knows(record)
    shown = card(case_id, record, names)
    fields = {name: getattr(shown, name) for name in Card.model_fields}
    if record.facts.confidential and knows:
        fields["category"] = category_of(record, names)
    return CaseView(
        **fields,
        request_type=record.request_type,
        description=record.description if knows else None,
        place=_place_view(record, names) if knows else None,
        condition=ConditionView(**record.condition.model_dump()) if knows and record.condition else None,
        photos=_photo_views(record) if knows else [],
        external=record.external if knows else None,
        occurred_at=record.occurred_at,
        filed_at=record.filed_at,
        closed_at=record.closed_at,
        case_due_at=record.case_due_at,
        case_due_provisional=record.case_due_provisional,
        outcome=record.facts.outcome or None,
        answer=(record.answer or None) if knows else None,
        not_filed_reason=record.not_filed_reason or None,
        dispatches=[_dispatch_view(record, each, names, knows=knows) for each in record.dispatches],
        tasks=_task_views(record, names) if knows else [],
        waiting=WaitingView(**record.waiting.model_dump()) if record.waiting else None,
        attached_to=RelativeView(**record.attached_to.model_dump()) if record.attached_to else None,
        reports=[ReportView(**each.model_dump()) for each in record.joined],
        relatives=[RelativeView(**each.model_dump()) for each in record.relatives] if knows else [],
        was_overdue=bool(record.overdue_clocks),
        exempt_reason=record.exempt_reason,
        feedback=[FeedbackView(**each.model_dump()) for each in record.feedback] if knows else [],
        solved=record.solved,
        satisfied=record.satisfied,
        figures=record.figures,
        timeline=entries(recorded, names, knows=knows),
    )


def etag_of(case: Summary, names: Names) -> str:
    """Return an ETag that changes with every event of the case and with every release."""
    versions = ".".join(
        str(case.versions.get(source, 0)) for source in ("intake", "routing", "dispatch", "supervision")
    )
    return f'"{versions}-{names.release}"'


def _place_view(record: Record, names: Names) -> PlaceView | None:
    place = record.place
    if place is None and record.address is None:
        return None
    code = place.grid_code if place else None
    return PlaceView(
        address=place.address if place else record.address,
        grid_code=code,
        grid_name=names.grid(code).zh if code else None,
        community=record.community,
        community_name=names.community(record.community).zh if record.community else None,
        longitude=place.longitude if place else None,
        latitude=place.latitude if place else None,
    )


def _photo_views(record: Record) -> list[PhotoView]:
    return [
        PhotoView(sha256=each.sha256, role=each.role, stage=each.stage, url=f"/api/intake/photos/{each.sha256}")
        for each in record.photos
    ]


def _unit_view(unit_id: str, names: Names) -> UnitView:
    text = names.unit(unit_id)
    return UnitView(id=unit_id, name=text.zh, name_en=text.en)


def _dispatch_view(record: Record, each: Dispatch, names: Names, *, knows: bool) -> DispatchView:
    state = record.facts.dispatches.get(each.id)
    running = next((clock for clock in record.clocks if clock.dispatch_id == each.id and clock.name == "handle"), None)
    due = None if each.completed_at or each.ended_at else each.milestones[-1].due_at if each.milestones else None
    request = each.return_asked
    return DispatchView(
        id=each.id,
        unit=_unit_view(each.unit_id, names),
        role=each.role,
        status=state.status if state else "awaiting_signature",
        round=each.round,
        coordinated=each.coordinated,
        instructions=each.instructions if knows else "",
        light=light_of_dispatch(record, each.id),
        created_at=each.created_at,
        sign_due_at=each.sign_due_at,
        due_at=(None if running.paused else running.due_at) if running else due,
        provisional=bool(running and running.provisional),
        milestones=each.milestones if knows else (),
        reached=each.reached if knows else [],
        signed_at=each.signed_at,
        completed_at=each.completed_at,
        ended_at=each.ended_at,
        outcome=each.outcome or None,
        crew=each.crew if knows else None,
        rework=each.rework,
        suspended_until=each.suspended_until,
        return_request=ReturnView(
            reason=request.reason,
            note=request.note if knows else "",
            at=request.at,
            suggested_unit=_unit_view(request.suggested_unit_id, names) if request.suggested_unit_id else None,
        )
        if request and state and state.status == "return_requested"
        else None,
    )


def _task_views(record: Record, names: Names) -> list[TaskView]:
    return [
        TaskView(
            id=each.id,
            kind=each.kind,
            status=each.status,
            mode=each.mode,
            due_at=each.due_at,
            officer_id=each.officer_id,
            officer_name=names.officer(each.officer_id).zh if each.officer_id else None,
            result=each.result or None,
        )
        for each in record.tasks
    ]
