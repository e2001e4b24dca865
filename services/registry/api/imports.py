"""Changing the district: whole folders of files, or single entities; looked at first, then published."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import PurePosixPath
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.problems import TooLarge
from services.chassis.web import context, needs
from services.registry.api.views import ImportView, View
from services.registry.domain import files
from services.registry.domain.problems import DistrictRefused, NoDistrictFolder, UploadUnreadable
from services.registry.domain.proposal import Proposal, SingleChange, from_changes, from_files
from services.registry.publishing import publish_changes, published_bodies

router = APIRouter(prefix="/api/registry", tags=["administration"])

_MAX_UPLOAD = 32 << 20
_MAX_FILES = 100
_MAX_UNPACKED = 256 << 20
_SHOWN = 1000

Note = Annotated[str, Query(max_length=500, description="Why; kept with the release.")]
Publish = Annotated[bool, Query(description="Publish when nothing is wrong; else only look.")]
BasedOn = Annotated[int | None, Query(description="Refuse unless this release is still in force.")]


class SingleChanges(View):
    """Entities to add, replace or remove together."""

    changes: list[SingleChange] = Field(min_length=1, max_length=2000)


@router.post(
    "/imports", response_model=ImportView,
    openapi_extra={"requestBody": {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def import_files(
    request: Request, *, source: Literal["upload", "folder"] = "upload", publish: Publish = False, note: Note = "",
    based_on: BasedOn = None, parts: Context = Depends(context), caller: Caller = Depends(needs("administrator")),
) -> ImportView:  # fmt: skip
    """Import a district: a ZIP of its `.jsonl` files as the body, or the folder `GRIDLOOP_DISTRICT` of the server.

    The files are the whole district: what they do not name is removed. All of it is published, or nothing.
    """
    contents = await _unzipped(request) if source == "upload" else await _folder(parts)
    before = published_bodies(parts)
    proposal = await asyncio.to_thread(from_files, contents, before)
    return await _answer(parts, caller, proposal, publish=publish, note=note, based_on=based_on)


@router.post("/changes", response_model=ImportView)
async def change_entities(
    body: SingleChanges, *, publish: Publish = False, note: Note = "", based_on: BasedOn = None,
    parts: Context = Depends(context), caller: Caller = Depends(needs("administrator")),
) -> ImportView:  # fmt: skip
    """Add, replace or remove single entities. The same checks as an import; `line` in a finding is the change's number."""
    records, before = parts.district.records, published_bodies(parts)
    proposal = await asyncio.to_thread(from_changes, body.changes, records, before)
    return await _answer(parts, caller, proposal, publish=publish, note=note, based_on=based_on)


async def _answer(
    parts: Context, caller: Caller, proposal: Proposal, *, publish: bool, note: str, based_on: int | None
) -> ImportView:
    current = parts.cases.release
    counts = {
        kind: sum(each.change == kind for each in proposal.changes) for kind in ("added", "changed", "removed")
    }  # fmt: skip
    view = ImportView(
        based_on=current, findings=proposal.findings, **counts,
        changes=[each.model_copy(update={"body": None}) for each in proposal.changes[:_SHOWN]],
    )  # fmt: skip
    if not publish:
        return view
    if proposal.findings:
        found = [each.model_dump(mode="json") for each in proposal.findings]
        raise DistrictRefused(count=len(found), findings=found)
    release = await publish_changes(
        parts, proposal.changes, caller.id, note, based_on=current if based_on is None else based_on
    )
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
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError, EOFError) as error:
        raise UploadUnreadable from error
    return found
