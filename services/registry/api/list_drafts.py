"""The responsibility list is changed by drafts: written, tried on past cases, approved by a second person, published."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Response

from contracts.list_drafts import EntryChange, ListTrial
from contracts.registry import Responsibility
from services.chassis import cursors, list_trials
from services.chassis.auth import Caller
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, NotAllowed, passes
from services.chassis.registry_snapshot import District
from services.chassis.web import Command, command, context, needs
from services.registry.api import list_draft_views as views
from services.registry.domain import list_draft, problems
from services.registry.domain.changes import publish
from services.registry.domain.list_draft import MOVES, Author, ListDraft, Move, State, Wording
from services.registry.domain.proposal import Proposal, SingleChange, from_changes
from services.registry.publishing import look
from services.registry.store import approvals
from services.registry.store import list_drafts as store

router = APIRouter(prefix="/api/registry/list-drafts", tags=["list"])

_KEEPERS = ("administrator", "dispatcher", "shift_lead", "leader", "assessor")
_APPROVERS = ("administrator",)
_MOVED = (problems.DraftUnknown, problems.DraftChanged, problems.DraftStands)


async def keeper(caller: Caller = Depends(needs(*_KEEPERS))) -> Caller:
    """Dependency: somebody of a centre who keeps the list. Units do not write what they answer for."""
    if caller.unit_id is not None:
        raise NotAllowed(roles=", ".join(_KEEPERS))
    return caller


async def approver(caller: Caller = Depends(needs(*_APPROVERS))) -> Caller:
    """Dependency: who publishes releases."""
    return caller


class _Examined(NamedTuple):
    """A draft's words against the release in force."""

    district: District
    to_try: list[EntryChange]
    proposal: Proposal
    collisions: dict[str, int]
    today: date

    def seen(self, based_on: int) -> int:
        """The release that an author can have seen: none that is still to come."""
        return min(based_on, self.district.release)

    def view(self, draft: ListDraft, caller: Caller, *, another: bool = False) -> views.DraftView:
        """The draft, with all of this. `another`: the caller is a second person to everybody who wrote it."""
        entries = self.district.responsibilities
        ids = list_draft.touched(self.to_try, draft.wording)
        return views.draft_view(
            draft, self.to_try, self.proposal.changes, self.proposal.findings, {each: entries.get(each) for each in ids},
            self.collisions, self.possible(draft, caller, another=another), caller,
        )  # fmt: skip

    def possible(self, draft: ListDraft, caller: Caller, *, another: bool) -> tuple[Move, ...]:
        """Return the moves that are not refused whatever the caller sends. `another` as in `view`."""
        return tuple(each for each in MOVES[draft.state] if self._may(each, draft, caller, another=another))

    def _may(self, move: Move, draft: ListDraft, caller: Caller, *, another: bool) -> bool:
        if move in ("approve", "send_back") and not caller.has(*_APPROVERS):
            return False
        if move == "approve" and not (another and list_draft.may_approve(draft, _approving(caller))):
            return False
        if move in ("submit", "approve") and not (
            passes(self.guard_release, draft) and passes(list_draft.guard_date, draft, self.today)
        ):
            return False
        return move == "send_back" or passes(self.guard_area, draft.wording, caller)

    def guard_area(self, wording: Wording, caller: Caller) -> None:
        """Refuse to whoever keeps the list of one area what speaks of another."""
        for change in wording.changes:
            for entry in (change.body, self.district.responsibilities.get(change.id)):
                if entry is not None and not caller.covers(entry.area):
                    raise problems.DraftBeyondArea(entry=entry.id, area=entry.area)

    def guard_author(self, draft: ListDraft, caller: Caller) -> None:
        """Refuse entries outside of the author's area, and those that were published anew behind the author's back."""
        self.guard_area(draft.wording, caller)
        list_draft.guard_collisions(draft, self.collisions, self.district.release)

    def guard_release(self, draft: ListDraft) -> None:
        """Refuse what collides, has faults, or changes nothing."""
        list_draft.guard_collisions(draft, self.collisions, self.district.release)
        if self.proposal.findings:
            found = [each.model_dump(mode="json") for each in self.proposal.findings]
            raise problems.DraftFaulty(count=len(found), findings=found)
        if not self.proposal.changes:
            raise problems.NothingToPublish


@router.get("", response_model=views.DraftPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def listed(
    state: State | None = None, cursor: Cursor | None = None, limit: int = Query(50, ge=1, le=200),
    parts: Context = Depends(context), _: Caller = Depends(keeper),
) -> views.DraftPage:  # fmt: skip
    """Drafts of the list, the last moved first."""
    found = await store.page(parts.database, state, cursors.instant_and_id(cursor), limit)
    following = cursors.following(found, limit, lambda last: (last.acts[-1].at, last.id))
    return views.DraftPage(items=[views.DraftLine.of(each) for each in found], next=following)


@router.post(
    "", response_model=views.DraftView, status_code=201,
    responses=responses(*COMMAND, problems.DraftBeyondArea, problems.DraftCollides),
)  # fmt: skip
async def begin(form: views.DraftForm, cmd: Command = Depends(command), caller: Caller = Depends(keeper)) -> Response:
    """Begin a draft. It may still have faults, which `findings` names; entries must lie in your area."""
    examined = await _examined(cmd.context, form.wording(), form.based_on)
    draft = list_draft.begun(uuid4(), form.wording(), examined.seen(form.based_on), _author(cmd, caller))

    def decide(_: dict[UUID, Case[Any]]) -> views.DraftView:
        examined.guard_author(draft, caller)
        return examined.view(draft, caller)

    async def write(connection: Connection, _: views.DraftView) -> None:
        await store.add(connection, draft)

    return await cmd.run([], decide, status=201, also=write)


@router.get("/{draft_id}", response_model=views.DraftView, responses=responses(*SIGNED_IN, problems.DraftUnknown))
async def read(draft_id: UUID, parts: Context = Depends(context), caller: Caller = Depends(keeper)) -> views.DraftView:
    """A draft, what it would change, and what stands in its way."""
    draft = await store.get(parts.database, draft_id)
    another = await _another_person(parts, draft, caller)
    return (await _examined(parts, draft.wording, draft.based_on)).view(draft, caller, another=another)


@router.put(
    "/{draft_id}", response_model=views.DraftView,
    responses=responses(*COMMAND, *_MOVED, problems.DraftBeyondArea, problems.DraftCollides),
)  # fmt: skip
async def rewrite(
    draft_id: UUID, form: views.DraftRewriteForm, cmd: Command = Depends(command), caller: Caller = Depends(keeper)
) -> Response:
    """Write it anew, on the release that you see now. It must be tried again."""
    draft = await store.get(cmd.database, draft_id)
    examined = await _examined(cmd.context, form.wording(), form.based_on)

    def act() -> ListDraft:
        based_on = examined.seen(form.based_on)
        after = list_draft.rewritten(draft, form.version, form.wording(), based_on, _author(cmd, caller))
        examined.guard_area(draft.wording, caller)
        examined.guard_author(after, caller)
        return after

    return await _step(cmd, examined, draft, act, caller)


@router.post(
    "/{draft_id}/submit", response_model=views.DraftView,
    responses=responses(
        *COMMAND, *_MOVED, problems.DraftBeyondArea, problems.DraftNotTried, problems.DraftCollides,
        problems.DraftFaulty, problems.DraftTooLate, problems.NothingToPublish,
    ),
)  # fmt: skip
async def submit(
    draft_id: UUID, form: views.DraftSubmitForm, cmd: Command = Depends(command), caller: Caller = Depends(keeper)
) -> Response:
    """Put it before those who approve, with what became of it on past cases."""
    draft = await store.get(cmd.database, draft_id)
    examined = await _examined(cmd.context, draft.wording, draft.based_on)
    trial = _trial(cmd.context, form.sealed)

    def act() -> ListDraft:
        author, to_try = _author(cmd, caller), examined.to_try
        after = list_draft.submitted(draft, form.version, trial, to_try, author, examined.today)
        examined.guard_author(draft, caller)
        examined.guard_release(draft)
        return after

    return await _step(cmd, examined, draft, act, caller)


@router.post("/{draft_id}/send-back", response_model=views.DraftView, responses=responses(*COMMAND, *_MOVED))
async def send_back(
    draft_id: UUID, form: views.DraftReasonForm, cmd: Command = Depends(command), caller: Caller = Depends(approver)
) -> Response:
    """Give it back to be rewritten."""
    draft = await store.get(cmd.database, draft_id)
    examined = await _examined(cmd.context, draft.wording, draft.based_on)

    def act() -> ListDraft:
        return list_draft.sent_back(draft, form.version, form.reason, _author(cmd, caller))

    return await _step(cmd, examined, draft, act, caller)


@router.post(
    "/{draft_id}/discard", response_model=views.DraftView,
    responses=responses(*COMMAND, *_MOVED, problems.DraftBeyondArea),
)  # fmt: skip
async def discard(
    draft_id: UUID, form: views.DraftReasonForm, cmd: Command = Depends(command), caller: Caller = Depends(keeper)
) -> Response:
    """Give it up. It stays to be read."""
    draft = await store.get(cmd.database, draft_id)
    examined = await _examined(cmd.context, draft.wording, draft.based_on)

    def act() -> ListDraft:
        examined.guard_area(draft.wording, caller)
        return list_draft.discarded(draft, form.version, form.reason, _author(cmd, caller))

    return await _step(cmd, examined, draft, act, caller)


@router.post(
    "/{draft_id}/approve", response_model=views.DraftView,
    responses=responses(
        *COMMAND, *_MOVED, problems.DraftOwn, problems.DraftBeyondArea, problems.DraftCollides, problems.DraftFaulty, problems.DraftTooLate,
        problems.NothingToPublish, problems.ReleaseMoved,
    ),
)  # fmt: skip
async def approve(
    draft_id: UUID, form: views.DraftVersionForm, cmd: Command = Depends(command), caller: Caller = Depends(approver)
) -> Response:
    """Approve somebody else's draft: it is published as a release at once, its entries count from their day on."""
    draft, author = await store.get(cmd.database, draft_id), _author(cmd, caller)
    another = await _another_person(cmd.context, draft, caller)
    examined = await _examined(cmd.context, draft.wording, draft.based_on)
    kept: list[ListDraft] = []

    def decide(cases: dict[UUID, Case[Any]]) -> views.DraftView:
        by = _approving(caller) if another else None
        with _naming_possible_moves(examined, draft, caller, another=another):
            list_draft.guard_approval(draft, form.version, by, examined.today)
        examined.guard_area(draft.wording, caller)
        examined.guard_release(draft)
        case = cases[REGISTRY_STREAM]
        if case.state.release != examined.district.release:
            raise problems.ReleaseMoved(current=case.state.release, based_on=examined.district.release)
        release = publish(case, examined.proposal.changes, caller.id, draft.wording.note)
        kept[:] = [list_draft.published(draft, release, author)]
        return examined.view(kept[0], caller)

    async def write(connection: Connection, _: views.DraftView) -> None:
        await store.save(connection, kept[0])

    answer = await cmd.run([REGISTRY_STREAM], decide, also=write, versioned=False)
    await look(cmd.context)
    return answer


def _approving(caller: Caller) -> str | None:
    """The account that approves; a machine approves nothing."""
    return caller.id if caller.kind == "account" else None


async def _another_person(parts: Context, draft: ListDraft, caller: Caller) -> bool:
    """Whether nobody who may stand behind an author may stand behind the caller."""
    try:
        await approvals.guard_second_person(parts.database, draft.authors, caller.id)
    except problems.NotASecondPerson:
        return False
    return True


async def _examined(parts: Context, wording: Wording, based_on: int) -> _Examined:
    await look(parts)
    district = parts.district

    def examine() -> tuple[list[EntryChange], Proposal]:
        to_try = list_draft.dated(wording, district.responsibilities)
        changes = [
            SingleChange(kind=Responsibility.KIND, id=each.id, body=each.body.to_body() if each.body else None)
            for each in to_try
        ]
        return to_try, from_changes(changes, district.records)

    to_try, proposal = await asyncio.to_thread(examine)
    collisions = await store.changed_since(parts.database, list_draft.touched(to_try, wording), based_on)
    return _Examined(district, to_try, proposal, collisions, _today(parts))


@contextlib.contextmanager
def _naming_possible_moves(examined: _Examined, draft: ListDraft, caller: Caller, *, another: bool) -> Generator[None]:
    """Let a refusal for the draft's state name only the moves that this caller could make."""
    try:
        yield
    except problems.DraftStands:
        raise list_draft.refusal(draft, examined.possible(draft, caller, another=another)) from None


async def _step(
    cmd: Command, examined: _Examined, draft: ListDraft, act: Callable[[], ListDraft], caller: Caller
) -> Response:
    """One step of a draft, which is kept; refusals of `act` are answers like others."""
    kept: list[ListDraft] = []
    another = await _another_person(cmd.context, draft, caller)

    def decide(_: dict[UUID, Case[Any]]) -> views.DraftView:
        with _naming_possible_moves(examined, draft, caller, another=another):
            kept[:] = [act()]
        return examined.view(kept[0], caller)

    async def write(connection: Connection, _: views.DraftView) -> None:
        await store.save(connection, kept[0])

    return await cmd.run([], decide, also=write)


def _trial(parts: Context, sealed: str) -> ListTrial | None:
    try:
        return list_trials.opened(sealed, parts.settings.gridloop_secret_key)
    except list_trials.SealBroken:
        return None


def _author(cmd: Command, caller: Caller) -> Author:
    return Author(caller.id, cmd.context.clock.now(), caller.name)


def _today(parts: Context) -> date:
    return parts.clock.now().astimezone(parts.district.zone).date()
