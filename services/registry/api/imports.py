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

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from contracts.base import Whole
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.openapi_errors import responses
from services.chassis.web import Command, command, dump, needs
from services.registry.api.approvals import NEEDED, propose
from services.registry.api.views import ImportView, Text, View
from services.registry.domain import files
from services.registry.domain.approvals import PublishChanges, changes_list
from services.registry.domain.changes import bodies_of
from services.registry.domain.people import guard_whole_district
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
from services.registry.publishing import look, publish_answering

router = APIRouter(prefix="/api/registry", tags=["administration"])

_REFUSALS = (ApprovalNeedsAccount, DistrictRefused, NothingToPublish, ReleaseMoved, WholeDistrictOnly)
_MAX_UPLOAD = 32 << 20
_MAX_CHANGES = 8 << 20
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
        based_on: Annotated[Whole | None, Query(description="Refuse unless this release is still in force.")] = None,
    ) -> None:
        self.publish = publish
        self.note = note
        self.based_on = based_on


@router.post(
    "/imports", response_model=ImportView, max_body_size=_MAX_UPLOAD,
    responses={**NEEDED, **responses(*_REFUSALS, NoDistrictFolder, UploadUnreadable)},
    openapi_extra={"requestBody": {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def import_files(
    source: Literal["upload", "folder"] = "upload", wish: Wish = Depends(),
    cmd: Command = Depends(command), caller: Caller = Depends(needs("administrator")),
) -> Response:  # fmt: skip
    """Import a district: a ZIP of its `.jsonl` files as the body, or the folder `GRIDLOOP_DISTRICT` of the server.

    The files are the whole district: what they do not name is removed. All of it is published, or nothing. Where the
    responsibility list changes, a second administrator must approve it: status 202.
    """
    if source == "upload":
        contents = await asyncio.to_thread(unzip, await cmd.body(_MAX_UPLOAD))
    else:
        contents = await _folder(cmd.context)
    await look(cmd.context)
    district = cmd.district
    proposal = await asyncio.to_thread(from_files, contents, bodies_of(district.records))
    return await _answer(cmd, proposal, district.release, wish, caller)


@router.post(
    "/changes", response_model=ImportView, max_body_size=_MAX_CHANGES,
    responses={**NEEDED, **responses(*_REFUSALS)},
)  # fmt: skip
async def change_entities(
    body: SingleChanges, wish: Wish = Depends(), cmd: Command = Depends(command),
    caller: Caller = Depends(needs("administrator")),
) -> Response:  # fmt: skip
    """Add, replace or remove single entities. The same checks as an import; `line` in a finding is the change's number.

    A change of the responsibility list needs a second administrator's approval: status 202.
    """
    await look(cmd.context)
    district = cmd.district
    proposal = await asyncio.to_thread(from_changes, body.changes, district.records)
    return await _answer(cmd, proposal, district.release, wish, caller)


async def _answer(cmd: Command, proposal: Proposal, based_on: int, wish: Wish, caller: Caller) -> Response:
    """What was found; published only as a whole, and on top of the release that the caller has seen.

    A change of the responsibility list outside of a draft needs a second administrator's approval.
    """
    kinds = Counter(each.change for each in proposal.changes)
    view = ImportView(
        based_on=based_on, findings=proposal.findings, warnings=proposal.warnings,
        added=kinds["added"], changed=kinds["changed"], removed=kinds["removed"],
        changes=[each.model_copy(update={"body": None}) for each in proposal.changes[:_SHOWN]],
    )  # fmt: skip

    def guard() -> None:
        if wish.based_on not in {None, based_on}:
            raise ReleaseMoved(current=based_on, based_on=wish.based_on)
        if wish.publish and proposal.findings:
            found = [each.model_dump(mode="json") for each in proposal.findings]
            raise DistrictRefused(count=len(found), findings=found)

    if not wish.publish:
        guard()
        return Response(dump(view), media_type="application/json")
    guard_whole_district(caller)
    if changes_list(proposal.changes):
        if (before := await cmd.answered()) is not None:
            return before
        guard()
        changes = tuple(proposal.changes)
        return await propose(cmd, caller, PublishChanges(based_on=based_on, note=wish.note, changes=changes))
    return await publish_answering(
        cmd, proposal.changes, caller.id, wish.note, lambda release: view.model_copy(update={"release": release}),
        based_on=based_on, guard=guard,
    )  # fmt: skip


async def _folder(parts: Context) -> dict[str, bytes]:
    folder = parts.settings.gridloop_district
    if folder is None:
        raise NoDistrictFolder
    try:
        return await asyncio.to_thread(files.read, folder)
    except FileNotFoundError as error:
        raise NoDistrictFolder from error


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
