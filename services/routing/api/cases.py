"""Routes that explain routing decisions, list the dispatchers' queue, and take decisions of people."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.base import Count
from contracts.events.command import CaseRouted
from services.chassis import cursors, mode_filter, release_store
from services.chassis.auth import Caller, acts_for_centre, is_not_channel
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.web import Command, command, context, needs
from services.routing.api import views
from services.routing.api.forms import CancelForm, DecisionForm, FirstResponseForm, HandoverForm, SendBackForm
from services.routing.domain import access, first_response, handover, list_trial, manual_decision
from services.routing.domain.index import INDEXES, ListIndex
from services.routing.domain.rounds import RoutedCase
from services.routing.store import searches

router = APIRouter(prefix="/api/routing", tags=["cases"])

READER = needs(*access.READERS, only=is_not_channel)
DECIDER = needs(*access.DISPATCHERS, *access.CONVENORS, "leader")
DISPATCHER = needs(*access.DISPATCHERS, only=acts_for_centre)


@router.get(
    "/cases/{case_id}/explanation",
    response_model=views.ExplanationView,
    responses=responses(*SIGNED_IN, manual_decision.CaseUnknown),
)
async def explanation(
    case_id: UUID, response: Response, ctx: Context = Depends(context), caller: Caller = Depends(READER)
) -> views.ExplanationView:
    """Return every decision of the case with its rule, list version, candidates and reasons.

    The staff of a centre see the cases in the area of the centre. A unit sees the cases for which the unit was
    chosen or convenes the joint survey.
    """
    index = INDEXES.of(ctx.district)
    found = await searches.find_case(ctx.database, case_id)
    recorded = await searches.decisions(ctx.database, case_id)
    routed = [each.event for each in recorded if isinstance(each.event, CaseRouted)]
    if found is None or not access.may_see(index, found[1], routed, caller):
        raise manual_decision.CaseUnknown(case=str(case_id))
    response.headers["etag"] = f'"{found[0]}"'
    return views.explanation(index, case_id, *found, recorded)


@router.get(
    "/cases/{case_id}/decisions/{sequence}/reproduced",
    response_model=views.ReproducedView,
    responses=responses(*SIGNED_IN, manual_decision.CaseUnknown),
)
async def reproduced(
    case_id: UUID, sequence: Count, ctx: Context = Depends(context), caller: Caller = Depends(READER)
) -> views.ReproducedView:
    """Repeat a recorded decision with its recorded question and version of the responsibility list.

    Only decisions that the list alone gave can be repeated. Decisions of people, dispatches that were restored after a
    merge, and questions that were asked again cannot.
    """
    index = INDEXES.of(ctx.district)
    found = await searches.find_case(ctx.database, case_id)
    recorded = await searches.decisions(ctx.database, case_id)
    routed = [each.event for each in recorded if isinstance(each.event, CaseRouted)]
    recorded_decision = next((each for each in recorded if each.sequence == sequence), None)
    if found is None or recorded_decision is None or not access.may_see(index, found[1], routed, caller):
        raise manual_decision.CaseUnknown(case=str(case_id))
    version = recorded_decision.event.list_version
    if not recorded_decision.by_list:
        return views.ReproducedView(sequence=sequence, list_version=version, same=None, repeated=None)
    snapshot = await release_store.load_snapshot(ctx.database, version)
    repeated = await asyncio.to_thread(
        lambda: list_trial.repeat_decision(ListIndex(snapshot), recorded_decision.question, recorded_decision.event)
    )
    return views.ReproducedView(
        sequence=sequence,
        list_version=version,
        same=repeated.same,
        repeated=views.preview(index, repeated.decision, recorded_decision.at),
    )


@router.get("/queue", response_model=views.QueuePage, responses=responses(*SIGNED_IN, CursorInvalid))
async def queue(
    centre: Annotated[str | None, Query(description="Only this centre's queue.")] = None,
    mode: mode_filter.ModeFilterQuery = "actual",
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(DECIDER),
) -> views.QueuePage:
    """List the cases that wait for a decision of the caller, most urgent first.

    In these cases the responsibility list names no lead or different leads, units have returned the case, or a joint
    survey must choose.
    """
    index = INDEXES.of(ctx.district)
    centres, teams = access.queues_and_teams(index, caller)
    if centre is not None:
        centres, teams = [each for each in centres if each == centre], []
    which, after = mode_filter.mode_or_none(mode), cursors.instant_and_id(cursor)
    rows = await searches.queue(ctx.database, centres, teams, which, after, limit)
    items = [item for each in rows if (item := views.queue_item(index, each)) is not None]
    following = cursors.next_cursor(rows, limit, lambda last: (last.due_at, last.case_id))
    return views.QueuePage(items=items, next=following)


@router.post(
    "/cases/{case_id}/decision",
    response_model=views.RoutingView,
    responses=responses(
        *COMMAND,
        manual_decision.CaseUnknown,
        manual_decision.NothingToDecide,
        manual_decision.AlreadyHandled,
        manual_decision.NotYoursToDecide,
        manual_decision.UnitMayNotLead,
        manual_decision.UnitMayNotJoin,
    ),
)
async def decide(
    case_id: UUID, form: DecisionForm, cmd: Command = Depends(command), caller: Caller = Depends(DECIDER)
) -> Response:
    """Choose the lead and the co-units of a case that waits for a decision.

    If the case waits for a joint survey, the convenor of the joint team may choose too.
    """

    def decide(cases: dict[UUID, RoutedCase]) -> views.RoutingView:
        manual_decision.decide_by_hand(cases[case_id], form.lead, form.co, form.reason, caller)
        return _view(cases[case_id])

    return await cmd.run([case_id], decide)


@router.post(
    "/cases/{case_id}/escalate",
    response_model=views.RoutingView,
    responses=responses(
        *COMMAND,
        manual_decision.CaseUnknown,
        manual_decision.NothingToDecide,
        manual_decision.AlreadyHandled,
        manual_decision.NotYoursToDecide,
        manual_decision.CountyAlreadyCalled,
        manual_decision.NoCentreAbove,
    ),
)
async def escalate(case_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(DISPATCHER)) -> Response:
    """Escalate the open decision from the centre of the street to the centre of the county 乡呼县应, once per case."""

    def decide(cases: dict[UUID, RoutedCase]) -> views.RoutingView:
        manual_decision.escalate(cases[case_id], caller)
        return _view(cases[case_id])

    return await cmd.run([case_id], decide)


@router.post(
    "/cases/{case_id}/send-back",
    response_model=views.RoutingView,
    responses=responses(
        *COMMAND,
        manual_decision.CaseUnknown,
        manual_decision.NothingToDecide,
        manual_decision.AlreadyHandled,
        manual_decision.NotYoursToDecide,
        manual_decision.AlreadyLed,
    ),
)
async def send_back(
    case_id: UUID, form: SendBackForm, cmd: Command = Depends(command), caller: Caller = Depends(DISPATCHER)
) -> Response:
    """Send the case back to the intake desk 退回受理, because its category, its place or its filing is wrong.

    The intake desk corrects the case and files it again, or ends it.
    """

    def decide(cases: dict[UUID, RoutedCase]) -> views.RoutingView:
        manual_decision.send_back(cases[case_id], form.reason, form.note, caller)
        return _view(cases[case_id])

    return await cmd.run([case_id], decide)


@router.post(
    "/cases/{case_id}/handover",
    response_model=views.RoutingView,
    responses=responses(
        *COMMAND,
        manual_decision.CaseUnknown,
        handover.NoEmergencyService,
        handover.ServiceUnfit,
        handover.CaseOver,
        handover.NotYoursToHandOver,
        handover.ConfidentialHandover,
        handover.PhoneCallInFuture,
    ),
)
async def hand_over(
    case_id: UUID, form: HandoverForm, cmd: Command = Depends(command), caller: Caller = Depends(DISPATCHER)
) -> Response:
    """Hand the case over to 110, 119, 120 or 122 移交, by message. A hand-over made by phone can be entered later.

    The centre stays responsible for the case until the emergency service acknowledges the hand-over.
    """

    def decide(cases: dict[UUID, RoutedCase]) -> views.RoutingView:
        handover.hand_over(cases[case_id], form.unit_id, form.mode, form.instructions, form.by_phone, caller)
        return _view(cases[case_id])

    return await cmd.run([case_id], decide)


@router.post(
    "/cases/{case_id}/first-response",
    response_model=views.RoutingView,
    responses=responses(
        *COMMAND,
        manual_decision.CaseUnknown,
        first_response.UnitCannotBeSent,
        handover.CaseOver,
        handover.NotYoursToHandOver,
    ),
)
async def send_ahead(
    case_id: UUID, form: FirstResponseForm, cmd: Command = Depends(command), caller: Caller = Depends(DISPATCHER)
) -> Response:
    """Send a mobile team or another unit to make the place safe 先行处置. Other units keep their dispatches."""

    def decide(cases: dict[UUID, RoutedCase]) -> views.RoutingView:
        first_response.send_ahead(cases[case_id], form.unit_id, form.instructions, form.reason, caller)
        return _view(cases[case_id])

    return await cmd.run([case_id], decide)


@router.post(
    "/cases/{case_id}/handovers/{dispatch_id}/cancel",
    response_model=views.RoutingView,
    responses=responses(
        *COMMAND,
        manual_decision.CaseUnknown,
        handover.NothingToCancel,
        handover.CaseOver,
        handover.NotYoursToHandOver,
    ),
)
async def cancel_handover(
    case_id: UUID,
    dispatch_id: UUID,
    form: CancelForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(DISPATCHER),
) -> Response:
    """Cancel a hand-over or a first response 撤回移交. The emergency service or unit receives the reason."""

    def decide(cases: dict[UUID, RoutedCase]) -> views.RoutingView:
        handover.cancel(cases[case_id], dispatch_id, form.reason, caller)
        return _view(cases[case_id])

    return await cmd.run([case_id], decide)


def _view(case: RoutedCase) -> views.RoutingView:
    return views.routing_view(INDEXES.of(case.district), case.id, case.version, case.state)
