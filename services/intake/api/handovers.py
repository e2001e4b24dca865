"""An emergency service hands a matter to us 移交: the envelope becomes a report of channel `emergency`.

Its number there names it: an `Alert` sent again answers the receipt of the first, an `Update` adds to the report, a
`Cancel` takes it back.

It is answered by the same door as our own hand-overs: `Ack` once it is filed, `Error` when it is not ours, `Result` when it
is closed, sent by dispatch to the service's endpoint. A platform without one asks for the case by the links of the receipt.
"""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Depends, Response

from contracts.discovery import External
from contracts.handover import Handover
from contracts.masking import mask
from contracts.places import Agency, Mode
from services.chassis.auth import Caller
from services.chassis.district import District
from services.chassis.documenting import COMMAND, responses
from services.chassis.forms import Form, Location
from services.chassis.problems import NotPossibleNow, Problem
from services.chassis.web import Command, command, needs
from services.intake.api.reports import Receipt, receipt, take
from services.intake.domain import filing, problems, reporters, upstream
from services.intake.domain.case import IntakeCases
from services.intake.domain.submission import Reporter, Submission
from services.intake.parts import Parts, parts
from services.intake.store import searches

router = APIRouter(prefix="/api/intake", tags=["reports"])

_TAKEN_BACK = "移交方已撤回 Taken back by the sender. "
_MODES: dict[str, Mode] = {"Actual": "actual", "Exercise": "exercise", "Test": "test"}


class NotAHandover(Problem):
    status = 422
    zh = "此处接收新移交（Alert）及其补充（Update）、撤回（Cancel）。{kind} 是对我方移交的答复，请发往 /api/dispatch/handovers。"
    en = "Here go new matters (Alert), more about them (Update), and taking them back (Cancel). {kind} answers a hand-over of ours: send it to /api/dispatch/handovers."


class MatterUnknown(Problem):
    status = 404
    zh = "没有收到过编号为“{number}”的移交。请先发送 Alert，case.number 与 mode 须与其一致。"
    en = "No matter with the number {number} was handed over. Send its `Alert` first; `case.number` and `mode` must be the same."


class SenderUnknown(Problem):
    status = 422
    zh = "sender.organisation“{sender}”不是应急单位。请填写 110、119、120、122 或其在册单位编号。"
    en = "sender.organisation {sender} is no emergency service. Give 110, 119, 120, 122 or that unit's id in our register."


class HandoverIn(Form):
    """What an emergency service sends: the envelope, and who reported it there, if they may be asked."""

    message: Handover
    reporter: Reporter = Reporter()
    """Kept encrypted in intake only."""


@router.post(
    "/handovers", status_code=202, response_model=Receipt,
    responses=responses(
        *COMMAND, NotAHandover, MatterUnknown, SenderUnknown, NotPossibleNow, problems.ToldInConfidence, problems.ChannelNotAllowed, problems.GridUnknown,
        problems.TimeImplausible,
    ),
)  # fmt: skip
async def receive(
    form: HandoverIn, cmd: Command = Depends(command), caller: Caller = Depends(needs()), own: Parts = Depends(parts)
) -> Response:
    """Take a matter over from 110, 119, 120 or 122, add to it, or let it be taken back.

    What is taken back after it was filed goes on, since somebody is on the way; who handles it is told. Send the
    envelope's `id` as `Idempotency-Key`.
    """
    message = form.message
    if message.kind == "Alert":
        return await take(submission(form, cmd.district), cmd, caller, own)
    if message.kind not in ("Update", "Cancel"):
        raise NotAHandover(kind=message.kind)
    external = External(channel_number=_agency(message.sender.organisation, cmd.district), number=message.case.number)
    matter = upstream.order_of("emergency", external, _MODES[message.mode])
    found = await searches.case_of_order(cmd.database, matter) if matter is not None else None
    if found is None:
        raise MatterUnknown(number=message.case.number)
    case_id = found

    def decide(cases: IntakeCases) -> Receipt:
        case = cases[case_id]
        reporters.require_adding(case, caller)
        said = mask(message.note or message.case.description)
        if message.kind == "Cancel" and "withdraw" in case.state.possible:
            filing.withdraw(case, said, caller.actor())
        else:
            text = f"{_TAKEN_BACK}{said}" if message.kind == "Cancel" else said
            reporters.add(cases, case, text or "–", (), caller.actor())
        return receipt(case_id, case.state.known.case_number, case.state.known, None)

    return await cmd.run([case_id], decide, status=202)


def submission(form: HandoverIn, district: District) -> Submission:
    """The report that the envelope is. Raises `SenderUnknown`."""
    message = form.message
    told, place = message.case, message.case.location
    category = f"{told.standard}/{told.kind}/{told.code}"
    point = place is not None and place.longitude is not None and place.latitude is not None
    return Submission(
        channel="emergency",
        category_id=category if category in district.categories else None,
        location=Location.model_validate({"longitude": place.longitude, "latitude": place.latitude, "crs": "cgcs2000"})
        if place is not None and point
        else None,
        grid_code=place.grid_code if place is not None and place.grid_code in district.grids else None,
        address=(place.address if place is not None else None) or told.title or told.number,
        description=told.description or message.note or told.title,
        reporter=form.reporter,
        external=External(channel_number=_agency(message.sender.organisation, district), number=told.number),
        mode=_MODES[message.mode],
    )


def _agency(sender: str, district: District) -> str:
    unit = district.units.get(sender)
    found = unit.agency if unit is not None else sender
    if found not in get_args(Agency):
        raise SenderUnknown(sender=sender)
    return str(found)
