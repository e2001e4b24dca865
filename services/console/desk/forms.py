"""Forms of the unit desk. Only faults that a person can correct at once are checked here; dispatch checks the rest."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from starlette.datastructures import FormData, UploadFile

from contracts.events.handling import ReturnReason, WorkOutcome
from services.console.desk.actions import ACTIONS, PHOTOS
from services.console.desk.dispatches import Dispatch
from services.console.service_client import ServiceClient, ServiceRefusedError
from services.console.session import Account, Reader
from services.console.words import Words, instant

RETURN_REASONS: tuple[str, ...] = get_args(ReturnReason)
OUTCOMES: tuple[str, ...] = get_args(WorkOutcome)
LARGEST_PHOTO = 10 * 1024 * 1024
PHOTO_TYPES = {"image/jpeg", "image/png", "image/webp"}
_NAMES = {"co": "dispatch_id", "unit": "unit_id"}
"""Form field → name of the field in the service's API."""


class FormError(Exception):
    """Faults of a form, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def text_of(form: FormData, name: str) -> str:
    """Return a text field, stripped."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _files(form: FormData, name: str) -> list[UploadFile]:
    """Return the chosen files. Browsers send an empty file if none was chosen."""
    return [value for value in form.getlist(name) if isinstance(value, UploadFile) and value.filename]


def check(action: str, form: FormData, t: Words, account: Account) -> dict[str, Any]:
    """Return the body of an action without its photos. Raises `FormError`."""
    asked = ACTIONS[action].fields_for(account)
    said = {field: text_of(form, field) for field in asked if field not in PHOTOS}
    errors = {field: t(f"desk.{field}.required") for field, text in said.items() if not _fits(field, text)}
    if errors:
        raise FormError(errors)
    body: dict[str, Any] = {_NAMES.get(field, field): text for field, text in said.items() if text}
    if "until" in body:
        body["until"] = instant(body["until"])
    if "contact" in body:
        body["by_phone"] = {"contact": body.pop("contact"), "at": instant(body.pop("at"))}
    if ACTIONS[action].by_routing:
        body["reason"] = body.pop("note")
    if ACTIONS[action].decides:
        body["passed"] = ACTIONS[action].grants
    return body


def _fits(field: str, text: str) -> bool:
    """Return whether the field has a valid value."""
    match field:
        case "reason":
            return text in RETURN_REASONS
        case "outcome":
            return text in OUTCOMES
        case "until" | "at":
            return bool(instant(text))
        case "milestone" | "instructions":
            return True
        case _:
            return bool(text)


def choices(order: Dispatch, teams: Iterable[Mapping[str, Any]], t: Words) -> dict[str, list[tuple[str, str]]]:
    """Return the options of the choice fields: value and label."""
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
    form: FormData, services: ServiceClient, reader: Reader, t: Words, fields: Iterable[str]
) -> list[dict[str, str]]:
    """Upload the photos of these fields to intake and return them as an action names them. Raises `FormError`.

    The address of a photo is the hash of its bytes, so a repeated form uploads nothing twice.
    """
    wrong: dict[str, str] = {}
    named: list[dict[str, str]] = []
    for field in fields:
        for file in _files(form, field):
            content = await file.read()
            if problem := _photo_fault(file, content, t):
                wrong[field] = problem
                continue
            digest = await asyncio.to_thread(lambda data=content: hashlib.sha256(data).hexdigest())
            try:
                await services.request(
                    "intake",
                    "PUT",
                    f"/api/intake/photos/{digest}",
                    token=reader.token,
                    language=t.language,
                    headers={"Content-Type": file.content_type or ""},
                    content=content,
                )
            except ServiceRefusedError as refusal:
                wrong[field] = t("desk.photo.refused", name=file.filename, reason=str(refusal))
                continue
            named.append({"sha256": digest, "role": PHOTOS[field]})
    if wrong:
        raise FormError(wrong)
    return named


def _photo_fault(file: UploadFile, content: bytes, t: Words) -> str:
    """Return the fault of a photo, or an empty text."""
    checks: list[tuple[Callable[[], bool], str]] = [
        (lambda: file.content_type not in PHOTO_TYPES, "desk.photo.kind"),
        (lambda: len(content) > LARGEST_PHOTO, "desk.photo.size"),
    ]
    return next((t(text, name=file.filename) for fails, text in checks if fails()), "")
