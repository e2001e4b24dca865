"""Changing the district: whole folders of files, or single entities; looked at first, then published."""

from __future__ import annotations

import asyncio
import io
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import PurePosixPath
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.district import District
from services.chassis.problems import TooLarge
from services.chassis.web import context, needs
from services.registry.api.views import ImportView, Text, View
from services.registry.domain import files
from services.registry.domain.changes import bodies_of
from services.registry.domain.problems import DistrictRefused, NoDistrictFolder, ReleaseMoved, UploadUnreadable
from services.registry.domain.proposal import Proposal, SingleChange, from_changes, from_files
from services.registry.publishing import look, publish_changes

router = APIRouter(prefix="/api/registry", tags=["administration"])

_MAX_UPLOAD = 32 << 20
_MAX_FILES = 100
_MAX_UNPACKED = 256 << 20
_SHOWN = 1000
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
)
"""What `zipfile` raises for bytes that are no sound archive."""


class SingleChanges(View):
    """Entities to add, replace or remove together."""

    changes: list[SingleChange] = Field(min_length=1, max_length=2000)


class Wish:
    """What an administrator wants of an import: look only, or publish, and on top of which release."""

    def __init__(
        self,
        publish: Annotated[bool, Query(description="Publish when nothing is wrong; else only look.")] = False,
        note: Annotated[Text, Query(max_length=500, description="Why; kept with the release.")] = "",
        based_on: Annotated[int | None, Query(description="Refuse unless this release is still in force.")] = None,
    ) -> None:
        self.publish = publish
        self.note = note
        self.based_on = based_on


@router.post(
    "/imports", response_model=ImportView,
    openapi_extra={"requestBody": {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def import_files(
    request: Request, source: Literal["upload", "folder"] = "upload", wish: Wish = Depends(),
    parts: Context = Depends(context), caller: Caller = Depends(needs("administrator")),
) -> ImportView:  # fmt: skip
    """Import a district: a ZIP of its `.jsonl` files as the body, or the folder `GRIDLOOP_DISTRICT` of the server.

    The files are the whole district: what they do not name is removed. All of it is published, or nothing.
    """
    contents = await _unzipped(request) if source == "upload" else await _folder(parts)
    district = await _in_force(parts, wish)
    proposal = await asyncio.to_thread(from_files, contents, bodies_of(district.records))
    return await _answer(parts, proposal, district.release, wish, caller)


@router.post("/changes", response_model=ImportView)
async def change_entities(
    body: SingleChanges, wish: Wish = Depends(), parts: Context = Depends(context),
    caller: Caller = Depends(needs("administrator")),
) -> ImportView:  # fmt: skip
    """Add, replace or remove single entities. The same checks as an import; `line` in a finding is the change's number."""
    district = await _in_force(parts, wish)
    proposal = await asyncio.to_thread(from_changes, body.changes, district.records)
    return await _answer(parts, proposal, district.release, wish, caller)


async def _in_force(parts: Context, wish: Wish) -> District:
    await look(parts)
    if wish.based_on not in {None, parts.district.release}:
        raise ReleaseMoved(current=parts.district.release, based_on=wish.based_on)
    return parts.district


async def _answer(parts: Context, proposal: Proposal, based_on: int, wish: Wish, caller: Caller) -> ImportView:
    kinds = Counter(each.change for each in proposal.changes)
    view = ImportView(
        based_on=based_on, findings=proposal.findings,
        added=kinds["added"], changed=kinds["changed"], removed=kinds["removed"],
        changes=[each.model_copy(update={"body": None}) for each in proposal.changes[:_SHOWN]],
    )  # fmt: skip
    if not wish.publish:
        return view
    if proposal.findings:
        found = [each.model_dump(mode="json") for each in proposal.findings]
        raise DistrictRefused(count=len(found), findings=found)
    release = await publish_changes(parts, proposal.changes, caller.id, wish.note, based_on=based_on)
    return view.model_copy(update={"release": release})


async def _folder(parts: Context) -> dict[str, bytes]:
    folder = parts.settings.gridloop_district
    if folder is None:
        raise NoDistrictFolder
    try:
        return await asyncio.to_thread(files.read, folder)
    except FileNotFoundError as error:
        raise NoDistrictFolder from error


async def _unzipped(request: Request) -> dict[str, bytes]:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > _MAX_UPLOAD:
            raise TooLarge(limit=_MAX_UPLOAD)
    return await asyncio.to_thread(unzip, bytes(data))


def unzip(data: bytes) -> dict[str, bytes]:
    """The `.jsonl` files of a ZIP by name, without their folders. Raises `UploadUnreadable`."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [each for each in archive.infolist() if each.filename.endswith(".jsonl")]
            if len(infos) > _MAX_FILES or sum(each.file_size for each in infos) > _MAX_UNPACKED:
                raise UploadUnreadable
            for info in infos:
                found[PurePosixPath(info.filename).name] = archive.read(info)
    except _UNREADABLE as error:
        raise UploadUnreadable from error
    return found
