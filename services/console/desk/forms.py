"""What the desk's forms bring: checked here for what a person can mend at once, by dispatch for everything else."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from starlette.datastructures import FormData, UploadFile

from contracts.events.handling import ReturnReason, WorkOutcome
from services.console.desk.actions import ACTIONS, PHOTOS
from services.console.desk.dispatches import Dispatch
from services.console.session import Account, Reader
from services.console.upstream import Refused, Upstream
from services.console.words import Words, instant

RETURN_REASONS: tuple[str, ...] = get_args(ReturnReason)
OUTCOMES: tuple[str, ...] = get_args(WorkOutcome)
LARGEST_PHOTO = 10 * 1024 * 1024
PHOTO_TYPES = {"image/jpeg", "image/png", "image/webp"}
_NAMES = {"co": "dispatch_id", "unit": "unit_id"}
"""Fields that the service behind knows by another name."""


class FormWrong(Exception):
    """What to mend, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def text_of(form: FormData, name: str) -> str:
    """A text field, without the space around it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _files(form: FormData, name: str) -> list[UploadFile]:
    """The chosen files; browsers send an empty one when none was chosen."""
    return [value for value in form.getlist(name) if isinstance(value, UploadFile) and value.filename]


def check(action: str, form: FormData, t: Words, account: Account) -> dict[str, Any]:
    """The body of an action but for its photos. Raises `FormWrong`."""
    asked = ACTIONS[action].asks(account)
    said = {field: text_of(form, field) for field in asked if field not in PHOTOS}
    errors = {field: t(f"desk.{field}.required") for field, text in said.items() if not _fits(field, text)}
    if errors:
        raise FormWrong(errors)
    body: dict[str, Any] = {_NAMES.get(field, field): text for field, text in said.items() if text}
    if "until" in body:
        body["until"] = instant(body["until"])
    if "contact" in body:
        body["by_phone"] = {"contact": body.pop("contact"), "at": instant(body.pop("at"))}
    if ACTIONS[action].routing:
        body["reason"] = body.pop("note")
    if ACTIONS[action].decides:
        body["passed"] = ACTIONS[action].grants
    return body


def _fits(field: str, text: str) -> bool:
    """Whether the field says what it must."""
    match field:
        case "reason":
            return text in RETURN_REASONS
        case "outcome":
            return text in OUTCOMES
        case "until" | "at":
            return bool(instant(text))
        case "milestone" | "asked":
            return True
        case _:
            return bool(text)


def choices(order: Dispatch, teams: Iterable[Mapping[str, Any]], t: Words) -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from in the fields of its forms: what is sent, and how it reads."""
    engaged = {order.unit_id, *(each.unit_id for each in order.partners if each.open)}
    milestones = [each for each in order.milestones if not each.reached_at]
    joining = [each for each in order.partners if each.role == "co" and each.open]
    return {
        "reason": [(each, t(f"return.{each}")) for each in RETURN_REASONS],
        "outcome": [(each, t(f"outcome.{each}")) for each in order.outcomes],
        "milestone": [(each.name, t.named(each.model_dump())) for each in milestones],
        "unit": [(each["convenor"], t.named(each)) for each in teams if each["convenor"] not in engaged],
        "co": [(each.dispatch_id, t.named({"name": each.unit_name, "name_en": each.unit_name_en})) for each in joining],
    }


async def upload_photos(
    form: FormData, services: Upstream, who: Reader, t: Words, fields: Iterable[str]
) -> list[dict[str, str]]:
    """Hand the photos of these fields to intake; answers how the action names them. Raises `FormWrong`.

    A photo that is there already is not a fault: its address is the hash of its bytes, so a form sent twice uploads
    nothing twice.
    """
    wrong: dict[str, str] = {}
    named: list[dict[str, str]] = []
    for field in fields:
        for file in _files(form, field):
            content = await file.read()
            if problem := _unfit(file, content, t):
                wrong[field] = problem
                continue
            digest = await asyncio.to_thread(lambda data=content: hashlib.sha256(data).hexdigest())
            try:
                await services.request(
                    "intake", "PUT", f"/api/intake/photos/{digest}", token=who.token, language=t.language,
                    headers={"Content-Type": file.content_type or ""}, content=content,
                )  # fmt: skip
            except Refused as refusal:
                wrong[field] = t("desk.photo.refused", name=file.filename, reason=str(refusal))
                continue
            named.append({"sha256": digest, "role": PHOTOS[field]})
    if wrong:
        raise FormWrong(wrong)
    return named


def _unfit(file: UploadFile, content: bytes, t: Words) -> str:
    checks: list[tuple[Callable[[], bool], str]] = [
        (lambda: file.content_type not in PHOTO_TYPES, "desk.photo.kind"),
        (lambda: len(content) > LARGEST_PHOTO, "desk.photo.size"),
    ]
    return next((t(text, name=file.filename) for fails, text in checks if fails()), "")
