"""What the desk's forms bring: checked here for what a person can mend at once, by dispatch for everything else."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, get_args

from starlette.datastructures import FormData, UploadFile

from contracts.handling import ReturnReason, WorkOutcome
from services.console.session import Reader
from services.console.upstream import Refused, Upstream
from services.console.words import Words

RETURN_REASONS: tuple[str, ...] = get_args(ReturnReason)
OUTCOMES: tuple[str, ...] = get_args(WorkOutcome)
LARGEST_PHOTO = 10 * 1024 * 1024
PHOTO_TYPES = {"image/jpeg", "image/png", "image/webp"}


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


def check(action: str, form: FormData, t: Words) -> dict[str, Any]:
    """The body of an action but for its photos. Raises `FormWrong`."""
    errors: dict[str, str] = {}
    body: dict[str, Any] = {}
    note = text_of(form, "note")

    def choice(field: str, known: tuple[str, ...]) -> None:
        body[field] = text_of(form, field)
        if body[field] not in known:
            errors[field] = t(f"desk.{field}.required")

    if action == "request-return":
        choice("reason", RETURN_REASONS)
    if action == "complete":
        choice("outcome", OUTCOMES)
    if action == "progress" and (milestone := text_of(form, "milestone")):
        body["milestone"] = milestone
    if action != "sign":
        body["note"] = note
    if action != "sign" and not note:
        errors["note"] = t("desk.note.required")
    if errors:
        raise FormWrong(errors)
    return body


async def upload_photos(
    form: FormData, services: Upstream, who: Reader, t: Words, roles: dict[str, str]
) -> list[dict[str, str]]:
    """Hand the chosen photos to intake; answers how the action names them. Raises `FormWrong`.

    `roles` says which field holds photos of which role. A photo that is there already is not a fault: its address is
    the hash of its bytes, so a form sent twice uploads nothing twice.
    """
    wrong: dict[str, str] = {}
    named: list[dict[str, str]] = []
    for field, role in roles.items():
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
            named.append({"sha256": digest, "role": role})
    if wrong:
        raise FormWrong(wrong)
    return named


def _unfit(file: UploadFile, content: bytes, t: Words) -> str:
    checks: list[tuple[Callable[[], bool], str]] = [
        (lambda: file.content_type not in PHOTO_TYPES, "desk.photo.kind"),
        (lambda: len(content) > LARGEST_PHOTO, "desk.photo.size"),
    ]
    return next((t(text, name=file.filename) for fails, text in checks if fails()), "")
