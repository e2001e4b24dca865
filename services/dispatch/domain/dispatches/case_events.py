"""Handlers of events about the whole case.

They change the dispatches of the case, and inform units, emergency services, the upstream platform and reporters.
Handlers of supervision's events about one dispatch are in `supervision_events`.
"""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import acceptance, command, discovery, supervision
from contracts.events.acceptance import reporters, upstream
from services.dispatch.domain.dispatches import handovers, lifecycle, sms_gateway, unit_messages, upstream_platform
from services.dispatch.domain.dispatches.completion import complete_handling_if_done
from services.dispatch.domain.dispatches.state import DispatchedCase, FiledCase


def on_report_received(case: DispatchedCase, event: discovery.ReportReceived, _: Envelope) -> None:
    """Store the mode of the report, and who sent it: an emergency service, the upstream platform or a reporter."""
    case.state.mode, case.state.reported_in_confidence = event.mode, event.confidential
    handovers.record_report(case, event)
    upstream_platform.record_order(case, event)
    sms_gateway.record_report(case, event)


def on_case_filed(case: DispatchedCase, event: acceptance.CaseFiled, _: Envelope) -> None:
    """Store the filed case, and tell everybody who reported the case that it was filed.

    If the case had been filed before and was sent back to the intake desk, only send the new facts to the units.
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
    """Send the corrected case 更正 to the units with an open dispatch. Routing decides whether these units keep it."""
    case.state.filed_case = FiledCase.of(event, reported_in_confidence=case.state.reported_in_confidence)
    sms_gateway.record_filing(case, event)
    _send_corrected(case, event.note)


def _send_corrected(case: DispatchedCase, note: str) -> None:
    for dispatch in case.state.dispatches:
        if dispatch.open:
            unit_messages.send_corrected(case, dispatch, case.state.require_filed_case(), note)


def on_case_not_filed(case: DispatchedCase, event: acceptance.CaseNotFiled, _: Envelope) -> None:
    """Tell everybody who reported the case why it was not filed. Withdraw the dispatches of an earlier filing."""
    _drop_case(case, "not_filed", event.note)
    handovers.answer_origins(case, "Error", event.note or event.reason)
    upstream_platform.report_end(case, "not_filed", event.reason, event.note)
    sms_gateway.notify_reporters(case, "report_not_filed")


def on_case_withdrawn(case: DispatchedCase, event: acceptance.CaseWithdrawn, _: Envelope) -> None:
    """Tell emergency services and the upstream platform that the reporter withdrew the report.

    Withdraw the dispatches of an earlier filing.
    """
    _drop_case(case, "withdrawn", event.note)
    handovers.answer_origins(case, "Result", handovers.end_text("withdrawn", event.note))
    upstream_platform.report_end(case, "withdrawn", note=event.note)


def on_case_answered(case: DispatchedCase, event: acceptance.CaseAnswered, _: Envelope) -> None:
    """Store the answer to the inquiry. It is sent as the result when the case is closed."""
    case.state.answer = event.answer


def on_returned_upstream(case: DispatchedCase, event: upstream.ReturnedUpstream, _: Envelope) -> None:
    """Tell the upstream platform that its order is returned 退回上级."""
    upstream_platform.report_return(case, event)


def on_report_joined(case: DispatchedCase, event: acceptance.ReportJoined, _: Envelope) -> None:
    """Start to inform whoever sent a report that was attached to this case.

    This is an emergency service, the upstream platform or a reporter.
    """
    handovers.add_origin(case, event)
    upstream_platform.add_order(case, event)
    sms_gateway.add_reporter(case, event)


def on_report_left(case: DispatchedCase, event: acceptance.ReportLeft, _: Envelope) -> None:
    """Stop informing whoever sent a report that was detached from this case."""
    handovers.remove_origin(case, event)
    upstream_platform.remove_order(case, event)
    sms_gateway.remove_reporter(case, event)


def on_case_linked(case: DispatchedCase, event: acceptance.CaseLinked, _: Envelope) -> None:
    """Tell the emergency services with an open dispatch of the case that another case was linked to this case."""
    handovers.announce_link(case, event)


def on_information_added(case: DispatchedCase, event: reporters.InformationAdded, _: Envelope) -> None:
    """Send additional information from the reporter to the units with an open dispatch."""
    if case.state.filed_case is None:
        return
    for dispatch in case.state.dispatches:
        if dispatch.open:
            unit_messages.send_information_added(case, dispatch, case.state.filed_case, event)


def on_case_routed(case: DispatchedCase, event: command.CaseRouted, meta: Envelope) -> None:
    """Apply a routing decision.

    Ignore a decision that routing made before it knew that the case had ended or been merged. Routing decides again if
    the case continues.
    """
    if all(meta.dependencies.get(source, 0) >= sequence for source, sequence in case.state.end_sequences.items()):
        lifecycle.apply_routing(case, event, case.state.require_filed_case())


def on_case_closed(case: DispatchedCase, event: supervision.CaseClosed, meta: Envelope) -> None:
    """Close the case 结案. Send the result to units, emergency services, the upstream platform and reporters.

    If some dispatches are not completed (a forced close), withdraw them, except hand-overs that an emergency service
    has acknowledged.
    """
    case.state.end_sequences[meta.source] = meta.sequence
    before, case.state.closed = case.state.ended, True
    if before:
        return
    case.state.outcome, case.state.closing_note = event.outcome, _closing_note(case, event)
    note = case.state.closing_note
    upstream_platform.report_end(case, event.outcome, note=note)
    handovers.answer_origins(case, "Result", handovers.end_text(event.outcome, note))
    sms_gateway.notify_reporters(case, "report_closed")
    if case.state.filed_case is None:
        return
    for dispatch in case.state.dispatches:
        if dispatch.status == "completed":
            unit_messages.send_closed(case, dispatch, case.state.filed_case, event.outcome, event.note)
    lifecycle.end_all(case, case.state.filed_case, event.outcome, event.note)


def on_case_reopened(case: DispatchedCase, event: supervision.CaseReopened, _: Envelope) -> None:
    """Reopen a closed case. Tell units, emergency services and the upstream platform that the case is open again.

    Usually an event with a rework order follows. If supervision knew of no completed dispatch, no rework order follows.
    The handling may then be complete at once: the lead may have completed its part meanwhile, and the closing withdrew
    the dispatches of the co-units.
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
    """Void the case 作废, whatever its state. Withdraw its dispatches, except acknowledged hand-overs."""
    if case.state.filed_case is not None:
        lifecycle.end_all(case, case.state.filed_case, "voided", event.note)
    sms_gateway.notify_reporters(case, "report_voided")
    handovers.answer_origins(case, "Result", handovers.end_text("voided", event.note))
    upstream_platform.report_end(case, "voided", note=event.note)
    case.state.voided = True


def on_case_attached(case: DispatchedCase, event: acceptance.CaseAttached, meta: Envelope) -> None:
    """Withdraw the dispatches of a case that was merged into another.

    Keep hand-overs that an emergency service has acknowledged. Their progress is also reported on the case into which
    this case was merged.
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
    """Undo the merge of this case into another. Routing decides about the case again.

    Inform the emergency services that kept a dispatch. If all units have completed meanwhile, complete the handling.
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
    """Withdraw all dispatches, because the filing of the case was undone."""
    if case.state.filed_case is not None:
        lifecycle.end_all(case, case.state.filed_case, outcome, note)
        case.state.filing_undone = True


def _closing_note(case: DispatchedCase, event: supervision.CaseClosed) -> str:
    """Return the text about the closing for outside platforms; empty for a confidential case.

    The text is the answer to an inquiry, else the note of the lead, else the note of the closing.
    """
    filed_case, lead = case.state.filed_case, case.state.lead()
    if filed_case is not None and filed_case.confidential:
        return ""
    return case.state.answer or (lead.note if lead is not None else "") or event.note
