"""What becomes of a case, as far as its orders and those who wait outside for its end are concerned: 110, the platform
above us, the reporters. What supervision decides about one order is in `decided`.
"""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import acceptance, command, discovery, supervision
from contracts.events.acceptance import reporters, upstream
from services.dispatch.domain.dispatches import handovers, lifecycle, sms_gateway, unit_messages, upstream_platform
from services.dispatch.domain.dispatches.completion import complete_handling_if_done
from services.dispatch.domain.dispatches.state import DispatchedCase, FiledCase


def on_report_received(case: DispatchedCase, event: discovery.ReportReceived, _: Envelope) -> None:
    """An exercise must be recognisable in every message; whoever handed it to us or ordered it gets an answer."""
    case.state.mode, case.state.reported_in_confidence = event.mode, event.confidential
    handovers.record_report(case, event)
    upstream_platform.record_order(case, event)
    sms_gateway.record_report(case, event)


def on_case_filed(case: DispatchedCase, event: acceptance.CaseFiled, _: Envelope) -> None:
    """Everything that units are told is in here. Filed once more (it had been sent back to the desk), nobody outside needs
    to hear again that it is.
    """
    before, case.state.filed_case = (
        case.state.filed_case,
        FiledCase.of(event, reported_in_confidence=case.state.reported_in_confidence),
    )
    if event.confidential:
        case.state.redact()
    sms_gateway.record_filing(case, event)
    if before is not None:
        _send_corrected(case, "")
        return
    handovers.answer_origins(case, "Ack")
    upstream_platform.report_progress(case, "filed")
    sms_gateway.notify_reporters(case, "report_filed")


def on_case_corrected(case: DispatchedCase, event: acceptance.CaseCorrected, _: Envelope) -> None:
    """更正: whoever works on it hears what it really is, and where. Whether it is still theirs, routing says next."""
    case.state.filed_case = FiledCase.of(event, reported_in_confidence=case.state.reported_in_confidence)
    sms_gateway.record_filing(case, event)
    _send_corrected(case, event.note)


def _send_corrected(case: DispatchedCase, note: str) -> None:
    for dispatch in case.state.dispatches:
        if dispatch.open:
            unit_messages.send_corrected(case, dispatch, case.state.require_filed_case(), note)


def on_case_not_filed(case: DispatchedCase, event: acceptance.CaseNotFiled, _: Envelope) -> None:
    """Whoever handed it to us has it back, and hears why. Filed before, it may have sent somebody out."""
    _drop_case(case, "not_filed", event.note)
    handovers.answer_origins(case, "Error", event.note or event.reason)
    upstream_platform.report_end(case, "not_filed", event.reason, event.note)
    sms_gateway.notify_reporters(case, "report_not_filed")


def on_case_withdrawn(case: DispatchedCase, event: acceptance.CaseWithdrawn, _: Envelope) -> None:
    """The reporter took it back: nothing is left to do."""
    _drop_case(case, "withdrawn", event.note)
    handovers.answer_origins(case, "Result", handovers.end_text("withdrawn", event.note))
    upstream_platform.report_end(case, "withdrawn", note=event.note)


def on_case_answered(case: DispatchedCase, event: acceptance.CaseAnswered, _: Envelope) -> None:
    """The answer is the result that goes back."""
    case.state.answer = event.answer


def on_returned_upstream(case: DispatchedCase, event: upstream.ReturnedUpstream, _: Envelope) -> None:
    """退回上级."""
    upstream_platform.report_return(case, event)


def on_report_joined(case: DispatchedCase, event: acceptance.ReportJoined, _: Envelope) -> None:
    """What the platform above ordered or an emergency service handed to us may be among what is attached; whoever
    reported it hears the result.
    """
    handovers.add_origin(case, event)
    upstream_platform.add_order(case, event)
    sms_gateway.add_reporter(case, event)


def on_report_left(case: DispatchedCase, event: acceptance.ReportLeft, _: Envelope) -> None:
    """It goes its own way again."""
    handovers.remove_origin(case, event)
    upstream_platform.remove_order(case, event)
    sms_gateway.remove_reporter(case, event)


def on_case_linked(case: DispatchedCase, event: acceptance.CaseLinked, _: Envelope) -> None:
    """Whoever was called in from outside hears of the second case."""
    handovers.announce_link(case, event)


def on_information_added(case: DispatchedCase, event: reporters.InformationAdded, _: Envelope) -> None:
    """Whoever works on it is told."""
    if case.state.filed_case is None:
        return
    for dispatch in case.state.dispatches:
        if dispatch.open:
            unit_messages.send_information_added(case, dispatch, case.state.filed_case, event)


def on_case_routed(case: DispatchedCase, event: command.CaseRouted, meta: Envelope) -> None:
    """Orders go out; not what was decided before routing had heard that the case ended or was merged: it decides anew."""
    if all(meta.after.get(source, 0) >= mark for source, mark in case.state.end_sequences.items()):
        lifecycle.apply_routing(case, event, case.state.require_filed_case())


def on_case_closed(case: DispatchedCase, event: supervision.CaseClosed, meta: Envelope) -> None:
    """结案: who completed hears that it is closed; who did not (forced close) is let go, but for an emergency service that has
    acknowledged; the platform above and the reporters have the result.
    """
    case.state.end_sequences[meta.source] = meta.sequence
    before, case.state.closed = case.state.ended, True
    if before:
        return
    case.state.outcome, case.state.closing_note = event.outcome, _closing_note(case, event)
    told = case.state.closing_note
    upstream_platform.report_end(case, event.outcome, note=told)
    handovers.answer_origins(case, "Result", handovers.end_text(event.outcome, told))
    sms_gateway.notify_reporters(case, "report_closed")
    if case.state.filed_case is None:
        return
    for dispatch in case.state.dispatches:
        if dispatch.status == "completed":
            unit_messages.send_closed(case, dispatch, case.state.filed_case, event.outcome, event.note)
    lifecycle.end_all(case, case.state.filed_case, event.outcome, event.note)


def on_case_reopened(case: DispatchedCase, event: supervision.CaseReopened, _: Envelope) -> None:
    """Open again: everybody who had completed, and every emergency service that still has it, hears so, once; what is to be
    done follows as a rework order. Where the lead had completed before supervision heard of it nothing follows: the co-units
    were let go at the closing, and all is done.
    """
    was_closed, case.state.closed = case.state.ended == "closed", False
    if was_closed and not case.state.ended:
        case.state.answer = ""
        for dispatch in case.state.dispatches:
            if dispatch.status == "completed" or dispatch.held_by_emergency_service:
                unit_messages.send_reopened(case, dispatch, case.state.require_filed_case(), event)
                sms_gateway.notify_unit(case, dispatch.unit_id, "case_reopened")
        handovers.answer_origins(case, "Update", handovers.reopened_text(""))
        upstream_platform.report_progress(case, "reopened")
        case.state.needs_new_dispatch = False
        if event.dispatch_id is None:
            complete_handling_if_done(case)


def on_case_voided(case: DispatchedCase, event: acceptance.CaseVoided, _: Envelope) -> None:
    """作废 beats everything. What an emergency service has acknowledged is theirs all the same: they hear why, and decide."""
    if case.state.filed_case is not None:
        lifecycle.end_all(case, case.state.filed_case, "voided", event.note)
    sms_gateway.notify_reporters(case, "report_voided")
    handovers.answer_origins(case, "Result", handovers.end_text("voided", event.note))
    upstream_platform.report_end(case, "voided", note=event.note)
    case.state.voided = True


def on_case_attached(case: DispatchedCase, event: acceptance.CaseAttached, meta: Envelope) -> None:
    """Merged into another case, whose orders go on: these are taken back, but for what an emergency service has
    acknowledged; what they answer is said of the host, too.
    """
    case.state.end_sequences[meta.source] = meta.sequence
    if case.state.filed_case is not None:
        case.state.needs_new_dispatch |= any(
            each.open and not each.held_by_emergency_service for each in case.state.handling_dispatches()
        )
    handovers.hand_to_host(case, event)
    if case.state.filed_case is not None:
        lifecycle.end_all(case, case.state.filed_case, "merged", event.host_case_number)
    upstream_platform.hand_to_host(case)


def on_case_detached(case: DispatchedCase, _: acceptance.CaseDetached, __: Envelope) -> None:
    """The merge was wrong: routing decides anew, and its orders may go out. An emergency service that had gone on with it
    hears so; what it finished meanwhile counts now.
    """
    host_number = case.state.host_number
    handovers.take_back_from_host(case)
    upstream_platform.take_back_from_host(case)
    if case.state.ended:
        return
    for dispatch in case.state.dispatches:
        if dispatch.held_by_emergency_service:
            unit_messages.send_merge_undone(case, dispatch, case.state.require_filed_case(), host_number)
    complete_handling_if_done(case)


def _drop_case(case: DispatchedCase, outcome: str, note: str) -> None:
    """It is no case any more: who was sent out owes nothing."""
    if case.state.filed_case is not None:
        lifecycle.end_all(case, case.state.filed_case, outcome, note)
        case.state.filing_undone = True


def _closing_note(case: DispatchedCase, event: supervision.CaseClosed) -> str:
    """What the lead says it did, or the answer that was given, or what was said at the closing. In confidence: nothing."""
    filed_case, lead = case.state.filed_case, case.state.lead()
    if filed_case is not None and filed_case.confidential:
        return ""
    return case.state.answer or (lead.note if lead is not None else "") or event.note
