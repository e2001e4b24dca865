"""Forms of the unit desk.

The console checks only errors that a person can correct at once. The service checks the rest.
"""

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
"""Form field → name of the field in the service's API, where the two differ."""


class FormError(Exception):
    """Raised for an invalid form. `errors` has the error text of each invalid field."""

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


def body_of_action(action: str, form: FormData, t: Words, account: Account) -> dict[str, Any]:
    """Return the JSON body of an action, without its photos. Raises `FormError`."""
    fields = ACTIONS[action].fields_for(account)
    texts = {field: text_of(form, field) for field in fields if field not in PHOTOS}
    errors = {field: t(f"desk.{field}.required") for field, text in texts.items() if not _is_valid(field, text)}
    if errors:
        raise FormError(errors)
    body: dict[str, Any] = {_NAMES.get(field, field): text for field, text in texts.items() if text}
    if "until" in body:
        body["until"] = instant(body["until"])
    if "contact" in body:
        body["by_phone"] = {"contact": body.pop("contact"), "at": instant(body.pop("at"))}
    if ACTIONS[action].by_routing:
        body["reason"] = body.pop("note")
    if ACTIONS[action].decides:
        body["passed"] = ACTIONS[action].grants
    return body


def _is_valid(field: str, text: str) -> bool:
    """Return whether `text` is a valid value of the field."""
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


def choices(dispatch: Dispatch, teams: Iterable[Mapping[str, Any]], t: Words) -> dict[str, list[tuple[str, str]]]:
    """Return the options (value and label) of each form field that offers a choice."""
    engaged = {dispatch.unit_id, *(each.unit_id for each in dispatch.partners if each.open)}
    milestones = [each for each in dispatch.milestones if not each.reached_at]
    co_dispatches = [each for each in dispatch.partners if each.role == "co" and each.open]
    return {
        "reason": [(each, t(f"return.{each}")) for each in RETURN_REASONS],
        "outcome": [(each, t(f"outcome.{each}")) for each in dispatch.outcomes],
        "milestone": [(each.name, t.name_of(each.model_dump())) for each in milestones],
        "unit": [(each["convenor"], t.name_of(each)) for each in teams if each["convenor"] not in engaged],
        "co": [
            (each.dispatch_id, t.name_of({"name": each.unit_name, "name_en": each.unit_name_en}))
            for each in co_dispatches
        ],
    }


async def upload_photos(
    form: FormData, services: ServiceClient, reader: Reader, t: Words, fields: Iterable[str]
) -> list[dict[str, str]]:
    """Upload the photos of these form fields to intake. Return hash and role of each photo, for the body of an action.

    The address of a photo is the hash of its bytes, so sending the form again stores no photo twice. Raises
    `FormError`.
    """
    errors: dict[str, str] = {}
    uploaded: list[dict[str, str]] = []
    for field in fields:
        for file in _files(form, field):
            content = await file.read()
            if problem := _photo_error(file, content, t):
                errors[field] = problem
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
                errors[field] = t("desk.photo.refused", name=file.filename, reason=str(refusal))
                continue
            uploaded.append({"sha256": digest, "role": PHOTOS[field]})
    if errors:
        raise FormError(errors)
    return uploaded


def _photo_error(file: UploadFile, content: bytes, t: Words) -> str:
    """Return the error text of a photo; empty if the photo is valid."""
    checks: list[tuple[Callable[[], bool], str]] = [
        (lambda: file.content_type not in PHOTO_TYPES, "desk.photo.kind"),
        (lambda: len(content) > LARGEST_PHOTO, "desk.photo.size"),
    ]
    return next((t(text, name=file.filename) for fails, text in checks if fails()), "")
