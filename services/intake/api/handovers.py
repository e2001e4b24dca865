"""Hand-overs 移交 from emergency services: a message of type `Alert` becomes a report of channel `emergency`.

The sender's case number identifies the hand-over. An `Alert` that is sent again returns the receipt of the first one.
An `Update` adds to the report, and a `Cancel` withdraws the report.

The dispatch service sends the answers to the endpoint of the emergency service: `Ack` when the case is filed, `Error`
when the case is not ours, `Result` when the case is closed. An emergency service without an endpoint polls the links of
the receipt.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from contracts.events.discovery import External
from contracts.handover import MODE_OF, Handover
from contracts.masking import mask
from services.chassis.auth import Caller
from services.chassis.forms import Form
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import NotPossibleNow, Problem
from services.chassis.web import Command, command, needs
from services.intake.api.reports import Receipt, accept_report, receipt
from services.intake.api.resources import Resources, resources
from services.intake.domain import attachments, desk, handover_messages, problems, reporters, upstream
from services.intake.domain.case import IntakeCases, NamedLink
from services.intake.domain.receiving import HandoverDetails
from services.intake.domain.submission import Reporter
from services.intake.store import searches

router = APIRouter(prefix="/api/intake", tags=["reports"])

_TAKEN_BACK = "移交方已撤回。Withdrawn by the sender. "


class NotAHandover(Problem):
    status = 422
    zh = "此处只接收移交（Alert）、补充（Update）和撤回（Cancel）。{kind} 是对我方移交的答复，请发往 /api/dispatch/handovers。"
    en = (
        "Only Alert, Update and Cancel are accepted here. {kind} answers a hand-over of ours; send it to "
        "/api/dispatch/handovers."
    )


class HandoverUnknown(Problem):
    status = 404
    zh = "没有编号为“{number}”的移交。请先发送 Alert；case.number 和 mode 须与其一致。"
    en = (
        "There is no hand-over with the number {number}. Send its `Alert` first; `case.number` and `mode` "
        "must be the same."
    )


class HandoverIn(Form):
    """The message of an emergency service, and the identity of the reporter if the reporter may be contacted."""

    message: Handover
    reporter: Reporter = Reporter()
    """The reporter's identity, stored encrypted in intake only."""


@router.post(
    "/handovers",
    status_code=202,
    response_model=Receipt,
    responses=responses(
        *COMMAND,
        NotAHandover,
        HandoverUnknown,
        handover_messages.SenderUnknown,
        NotPossibleNow,
        problems.ConfidentialNotAmended,
        problems.ChannelNotAllowed,
        problems.GridUnknown,
        problems.TimeImplausible,
    ),
)
async def receive(
    form: HandoverIn,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs()),
    resources: Resources = Depends(resources),
) -> Response:
    """Take a case over from 110, 119, 120 or 122, add information to it, or withdraw it.

    A case that `urgency` or `severity` marks as urgent is filed at once if possible. An urgent case with an unknown
    category code is filed under the category that the district has chosen for such cases. `need_by` is a deadline; the
    earlier one of the sender's and our own deadline counts. `link` links the case to another case of the sender. A
    `Cancel` after filing only informs the handling unit, because somebody may be on the way already. Send the message's
    `id` as `Idempotency-Key`.
    """
    message = form.message
    if message.kind == "Alert":
        linked, now = await _other_case(cmd, message), cmd.context.clock.now()
        report = handover_messages.submission_from(message, form.reporter, cmd.district, now, linked=linked is not None)
        handover = HandoverDetails(urgent=handover_messages.is_urgent(message, cmd.district), linked=linked)
        return await accept_report(report, cmd, caller, resources, handover)
    if message.kind not in ("Update", "Cancel"):
        raise NotAHandover(kind=message.kind)
    external = External(
        channel_number=handover_messages.agency_number(message.sender.organisation, cmd.district),
        number=message.case.number,
    )
    order = upstream.upstream_order("emergency", external, MODE_OF[message.mode])
    found = await searches.case_of_order(cmd.database, order) if order is not None else None
    if found is None:
        raise HandoverUnknown(number=message.case.number)
    case_id, linked, tasks = found, await _other_case(cmd, message), await searches.open_task_counts(cmd.database)

    def decide(cases: IntakeCases) -> Receipt:
        case = cases[case_id]
        reporters.require_sender_or_desk(case, caller)
        if linked is not None and linked.case_id != case_id:
            attachments.link_named_case(cases, case, linked)
        about = handover_messages.unknown_link_text(message, linked=linked is not None)
        note = mask(handover_messages.with_attachments(message, about + (message.note or message.case.description)))
        if message.kind == "Cancel" and "withdraw" in case.state.possible:
            desk.withdraw(cases, case, note, caller.actor(), tasks)
        else:
            note = f"{_TAKEN_BACK}{note}" if message.kind == "Cancel" else note
            reporters.add_information(cases, case, note or "–", (), caller.actor())
        return receipt(case_id, case.state.received_report.case_number, case.state.received_report, None)

    return await cmd.run([case_id], decide, status=202)


async def _other_case(cmd: Command, message: Handover) -> NamedLink | None:
    """Return the link to the other case that the message names; `None` if it names none or we do not have that case."""
    wanted = handover_messages.other_case(message, cmd.district)
    found = await searches.case_of_order(cmd.database, wanted.order) if wanted is not None else None
    return NamedLink(relation=wanted.relation, case_id=found) if wanted is not None and found is not None else None
