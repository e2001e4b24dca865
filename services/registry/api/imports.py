"""Routes that change the district's data: import of the complete data, and changes of single entities."""

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

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from contracts.base import Count
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.openapi_errors import responses
from services.chassis.web import Command, command, dump, needs
from services.registry.api.approvals import NEEDED, propose
from services.registry.api.publishing import publish_by_command
from services.registry.api.views import ImportView, Text, View
from services.registry.domain import district_files
from services.registry.domain.approvals import PublishChanges, changes_responsibilities
from services.registry.domain.bindings import guard_whole_district
from services.registry.domain.changes import bodies_of
from services.registry.domain.problems import (
    ApprovalNeedsAccount,
    DistrictRefused,
    NoDistrictFolder,
    NothingToPublish,
    ReleaseMoved,
    UploadUnreadable,
    WholeDistrictOnly,
)
from services.registry.domain.proposal import Proposal, SingleChange, from_changes, from_files
from services.registry.store.publishing import refresh_snapshot

router = APIRouter(prefix="/api/registry", tags=["administration"])

_REFUSALS = (ApprovalNeedsAccount, DistrictRefused, NothingToPublish, ReleaseMoved, WholeDistrictOnly)
_MAX_UPLOAD = 32 << 20
_MAX_CHANGES_BODY = 8 << 20
_MAX_FILES = 100
_MAX_UNPACKED = 256 << 20
_MAX_CHANGES_SHOWN = 1000
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
"""Exceptions that `zipfile` raises for invalid archives."""


class SingleChanges(View):
    """Entities to add, replace or remove in one release."""

    changes: list[SingleChange] = Field(min_length=1, max_length=2000)


class ImportOptions:
    """Options of an import: whether to publish it, its note, and the release that must still be current."""

    def __init__(
        self,
        publish: Annotated[
            bool, Query(description="Publish if there are no findings. Otherwise only preview.")
        ] = False,
        note: Annotated[Text, Query(max_length=500, description="Reason of the change, stored with the release.")] = "",
        based_on: Annotated[Count | None, Query(description="Refuse unless this release is still current.")] = None,
    ) -> None:
        self.publish = publish
        self.note = note
        self.based_on = based_on


@router.post(
    "/imports",
    response_model=ImportView,
    max_body_size=_MAX_UPLOAD,
    responses={**NEEDED, **responses(*_REFUSALS, NoDistrictFolder, UploadUnreadable)},
    openapi_extra={"requestBody": {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def import_files(
    source: Literal["upload", "folder"] = "upload",
    options: ImportOptions = Depends(),
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("administrator")),
) -> Response:
    """Import the complete data of the district from files.

    The `.jsonl` files are in a ZIP archive in the request body, or in the server's folder `GRIDLOOP_DISTRICT`. Entities
    that are not in the files are removed. Either all changes are published or none. If the import changes the
    responsibility list, it needs a second administrator's approval (status 202).
    """
    if source == "upload":
        contents = await asyncio.to_thread(unzip, await cmd.body(_MAX_UPLOAD))
    else:
        contents = await _folder(cmd.context)
    await refresh_snapshot(cmd.context)
    district = cmd.district
    proposal = await asyncio.to_thread(from_files, contents, bodies_of(district.records))
    return await _preview_or_publish(cmd, proposal, district.release, options, caller)


@router.post(
    "/changes",
    response_model=ImportView,
    max_body_size=_MAX_CHANGES_BODY,
    responses={**NEEDED, **responses(*_REFUSALS)},
)
async def change_entities(
    body: SingleChanges,
    options: ImportOptions = Depends(),
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("administrator")),
) -> Response:
    """Add, replace or remove single entities. The checks are the same as for an import.

    In a finding, `line` is the number of the change, counted from 1. A change of the responsibility list needs a second
    administrator's approval (status 202).
    """
    await refresh_snapshot(cmd.context)
    district = cmd.district
    proposal = await asyncio.to_thread(from_changes, body.changes, district.records)
    return await _preview_or_publish(cmd, proposal, district.release, options, caller)


async def _preview_or_publish(
    cmd: Command, proposal: Proposal, based_on: int, options: ImportOptions, caller: Caller
) -> Response:
    """Return a preview of the proposal, publish the proposal, or store it for approval.

    A proposal that changes the responsibility list needs a second administrator's approval.
    """
    counts = Counter(each.change for each in proposal.changes)
    view = ImportView(
        based_on=based_on,
        findings=proposal.findings,
        warnings=proposal.warnings,
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
        changes=[each.model_copy(update={"body": None}) for each in proposal.changes[:_MAX_CHANGES_SHOWN]],
    )

    def guard() -> None:
        if options.based_on not in {None, based_on}:
            raise ReleaseMoved(current=based_on, based_on=options.based_on)
        if options.publish and proposal.findings:
            found = [each.model_dump(mode="json") for each in proposal.findings]
            raise DistrictRefused(count=len(found), findings=found)

    if not options.publish:
        guard()
        return Response(dump(view), media_type="application/json")
    guard_whole_district(caller)
    if changes_responsibilities(proposal.changes):
        if (before := await cmd.stored_response()) is not None:
            return before
        guard()
        changes = tuple(proposal.changes)
        return await propose(cmd, caller, PublishChanges(based_on=based_on, note=options.note, changes=changes))
    return await publish_by_command(
        cmd,
        proposal.changes,
        caller.id,
        options.note,
        lambda release: view.model_copy(update={"release": release}),
        based_on=based_on,
        guard=guard,
    )


async def _folder(ctx: Context) -> dict[str, bytes]:
    folder = ctx.settings.gridloop_district
    if folder is None:
        raise NoDistrictFolder
    try:
        return await asyncio.to_thread(district_files.read, folder)
    except FileNotFoundError as error:
        raise NoDistrictFolder from error


def unzip(data: bytes) -> dict[str, bytes]:
    """Return file name → content of each `.jsonl` file in a ZIP, without folder names. Raises `UploadUnreadable`."""
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [each for each in archive.infolist() if each.filename.endswith(".jsonl")]
            if len(infos) > _MAX_FILES or sum(each.file_size for each in infos) > _MAX_UNPACKED:
                raise UploadUnreadable
            for info in infos:
                files[PurePosixPath(info.filename).name] = archive.read(info)
    except _UNREADABLE as error:
        raise UploadUnreadable from error
    return files
