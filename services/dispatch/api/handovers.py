"""Answers of emergency services in the hand-over envelope: `Ack`, `Error`, `Update`, `Result`."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from contracts.handover import Handover
from contracts.masking import mask
from services.chassis.auth import Caller
from services.chassis.openapi_errors import COMMAND, responses
from services.chassis.problems import Problem
from services.chassis.web import Command, command
from services.dispatch.api.dispatches import ANSWER_PROBLEMS, CLERK_CALLERS, run_answer
from services.dispatch.domain.dispatches import answers
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.views import DispatchView

router = APIRouter(prefix="/api/dispatch/handovers", tags=["handovers"])


class NotAnAnswer(Problem):
    status = 422
    zh = "{kind} 不是对移交的答复。新事项请发往 /api/intake/handovers；此处接收 Ack、Error、Update、Result。"
    en = "{kind} is not an answer to a hand-over. Send a new incident to /api/intake/handovers. Send Ack, Error, Update or Result here."


class ReferenceMissing(Problem):
    status = 422
    zh = "references 的第一项应为所答复的移交编号（Alert 的 id）。"
    en = "The first of `references` must be the id of the `Alert` that is answered."


class AcceptedByMissing(Problem):
    status = 422
    zh = "Ack 须在 handover.accepted_by 写明由哪个席位或岗位接收；只表示收到的，不必发送。"
    en = "An `Ack` must name the accepting post or desk in `handover.accepted_by`. Do not send an `Ack` for mere receipt."


class OtherMode(Problem):
    status = 409
    zh = "答复的 mode 为 {given}，移交为 {expected}。演练与真实事项不得混用。"
    en = "The mode of the answer is {given}, that of the hand-over is {expected}. Do not mix exercises and real cases."


@router.post(
    "",
    response_model=DispatchView,
    responses=responses(*COMMAND, *ANSWER_PROBLEMS, NotAnAnswer, AcceptedByMissing, ReferenceMissing, OtherMode),
)
async def receive_answer(
    message: Handover, cmd: Command = Depends(command), caller: Caller = Depends(CLERK_CALLERS)
) -> Response:
    """Receive the answer of an emergency service: acknowledgement, refusal, progress or result.

    Send the envelope's `id` as `Idempotency-Key`, so that a repeated message has no second effect.
    """
    if message.kind in ("Alert", "Cancel"):
        raise NotAnAnswer(kind=message.kind)
    if message.kind == "Ack" and _accepting_post(message) is None:
        raise AcceptedByMissing

    def act(target: LockedDispatch, responder: Responder) -> None:
        _check_mode(message, target)
        _ACTIONS[message.kind](message, target, responder)

    return await run_answer(cmd, _dispatch_id_of(message), caller, act)


def _dispatch_id_of(message: Handover) -> UUID:
    try:
        return UUID(message.references[0])
    except (IndexError, ValueError) as error:
        raise ReferenceMissing from error


def _check_mode(message: Handover, target: LockedDispatch) -> None:
    expected = target.case.state.mode
    if message.mode.lower() != expected:
        raise OtherMode(given=message.mode, expected=expected)
    if target.dispatch.handover is None:
        raise ReferenceMissing


def _acknowledge(message: Handover, target: LockedDispatch, responder: Responder) -> None:
    unsigned, text = target.dispatch.signed_at is None, _text_of(message)
    answers.sign(target, responder, accepted_by=_accepting_post(message))
    if unsigned and text:
        answers.report_progress(target, responder, text, None, ())


def _refuse(message: Handover, target: LockedDispatch, responder: Responder) -> None:
    answers.refuse_handover(target, responder, _text_of(message, message.handover.refused_reason or "") or "–")


def _update(message: Handover, target: LockedDispatch, responder: Responder) -> None:
    answers.report_progress(target, responder, _text_of(message), None, ())


def _result(message: Handover, target: LockedDispatch, responder: Responder) -> None:
    answers.report_result(target, responder, _text_of(message), _accepting_post(message))


def _text_of(message: Handover, reason: str = "") -> str:
    """Return the reason, the note and the links to attachments of the message as one masked text."""
    return mask(" ".join(each for each in dict.fromkeys((reason, message.note, message.attachment_list)) if each))


def _accepting_post(message: Handover) -> str | None:
    """Return the masked name of the post or desk that acknowledged; `None` if the message names none."""
    return mask((message.handover.accepted_by or "").strip()) or None


_ACTIONS = {"Ack": _acknowledge, "Error": _refuse, "Update": _update, "Result": _result}
