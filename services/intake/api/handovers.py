"""An emergency service hands a matter to us 移交: the envelope becomes a report of channel `emergency`.

It is answered by the same door as our own hand-overs: `Ack` once it is filed, `Error` when it is not ours, `Result` when it
is closed, sent by dispatch to the service's endpoint. A platform without one asks for the case by the links of the receipt.
"""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Depends, Response

from contracts.discovery import External
from contracts.handover import Handover
from contracts.places import Agency, Mode
from services.chassis.auth import Caller
from services.chassis.district import District
from services.chassis.documenting import COMMAND, responses
from services.chassis.forms import Form, Location
from services.chassis.problems import Problem
from services.chassis.web import Command, command, needs
from services.intake.api.reports import Receipt, take
from services.intake.domain import problems
from services.intake.domain.submission import Reporter, Submission
from services.intake.parts import Parts, parts

router = APIRouter(prefix="/api/intake", tags=["reports"])

_MODES: dict[str, Mode] = {"Actual": "actual", "Exercise": "exercise", "Test": "test"}


class NotANewMatter(Problem):
    status = 422
    zh = "此处只接收新移交（kind=Alert）。{kind} 是对我方移交的答复时请发往 /api/dispatch/handovers；更正或撤回请电话联系受理台。"
    en = "New matters only (kind=Alert). Answers to hand-overs of ours go to /api/dispatch/handovers; phone to correct or cancel."


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
        *COMMAND, NotANewMatter, SenderUnknown, problems.ChannelNotAllowed, problems.GridUnknown,
        problems.TimeImplausible,
    ),
)  # fmt: skip
async def receive(
    form: HandoverIn, cmd: Command = Depends(command), caller: Caller = Depends(needs()), own: Parts = Depends(parts)
) -> Response:
    """Take a matter over from 110, 119, 120 or 122. Send the envelope's `id` as `Idempotency-Key`."""
    return await take(submission(form, cmd.district), cmd, caller, own)


def submission(form: HandoverIn, district: District) -> Submission:
    """The report that the envelope is. Raises `NotANewMatter`, `SenderUnknown`."""
    message = form.message
    if message.kind != "Alert":
        raise NotANewMatter(kind=message.kind)
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
