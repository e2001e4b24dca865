"""Routes for drafts of the responsibility list. A draft is tried on past cases and approved by a second person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
from services.chassis.problems import CursorInvalid, NotAllowed, is_allowed
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import Command, command, context, needs
from services.registry.api import list_draft_views as views
from services.registry.domain import list_draft, problems
from services.registry.domain.changes import publish
from services.registry.domain.list_draft import ACTIONS, Action, Author, Content, ListDraft, Possible, State
from services.registry.domain.proposal import Proposal, SingleChange, from_changes
from services.registry.store import approvals
from services.registry.store import list_drafts as store
from services.registry.store.publishing import refresh_snapshot

router = APIRouter(prefix="/api/registry/list-drafts", tags=["list"])

_EDITORS = ("administrator", "dispatcher", "shift_lead", "leader", "assessor")
_APPROVERS = ("administrator",)
_MOVED = (problems.DraftUnknown, problems.DraftChanged, problems.DraftActionUnavailable)


async def list_editor(caller: Caller = Depends(needs(*_EDITORS))) -> Caller:
    """Return the caller, if it may edit the responsibility list. This is a FastAPI dependency.

    Callers of a unit are refused, because a unit may not edit its own responsibilities.
    """
    if caller.unit_id is not None:
        raise NotAllowed(roles=", ".join(_EDITORS))
    return caller


async def approver(caller: Caller = Depends(needs(*_APPROVERS))) -> Caller:
    """Return the caller, if it may publish releases. This is a FastAPI dependency."""
    return caller


class _CheckedDraft(NamedTuple):
    """The content of a draft, checked against the current release."""

    district: RegistrySnapshot
    changes: list[EntryChange]
    proposal: Proposal
    collisions: dict[str, int]
    today: date

    def known_release(self, based_on: int) -> int:
        """Return `based_on`, but at most the current release, because no later release exists."""
        return min(based_on, self.district.release)

    def view(self, draft: ListDraft, caller: Caller, *, second_person: bool = False) -> views.DraftView:
        """Return the response body for a draft.

        `second_person` is True if the caller is certainly a different person than the authors.
        """
        entries = self.district.responsibilities
        ids = list_draft.affected_entries(self.changes, draft.content)
        return views.draft_view(
            draft,
            self.changes,
            self.proposal.changes,
            self.proposal.findings,
            {each: entries.get(each) for each in ids},
            self.collisions,
            self.possible(draft, caller, second_person=second_person),
            caller,
        )

    def possible(self, draft: ListDraft, caller: Caller, *, second_person: bool) -> tuple[Action, ...]:
        """Return the actions that the caller may take on the draft now.

        `second_person` is True if the caller is certainly a different person than the authors.
        """
        return tuple(
            each for each in ACTIONS[draft.state] if self._may(each, draft, caller, second_person=second_person)
        )

    def _may(self, action: Action, draft: ListDraft, caller: Caller, *, second_person: bool) -> bool:
        if action in ("approve", "send_back") and not caller.has(*_APPROVERS):
            return False
        if action == "approve" and not (second_person and list_draft.may_approve(draft, _approving(caller))):
            return False
        if action in ("submit", "approve") and not (
            is_allowed(self.guard_release, draft) and is_allowed(list_draft.guard_date, draft, self.today)
        ):
            return False
        return action == "send_back" or is_allowed(self.guard_area, draft.content, caller)

    def guard_area(self, content: Content, caller: Caller) -> None:
        """Refuse changes of entries outside the caller's area. Raises `DraftBeyondArea`."""
        for change in content.changes:
            for entry in (change.body, self.district.responsibilities.get(change.id)):
                if entry is not None and not caller.covers(entry.area):
                    raise problems.DraftBeyondArea(entry=entry.id, area=entry.area)

    def guard_author(self, draft: ListDraft, caller: Caller) -> None:
        """Refuse a draft with entries outside the author's area, or with entries that a later release has changed.

        Raises `DraftBeyondArea` or `DraftCollides`.
        """
        self.guard_area(draft.content, caller)
        list_draft.guard_collisions(draft, self.collisions, self.district.release)

    def guard_release(self, draft: ListDraft) -> None:
        """Refuse a draft that cannot become a release.

        Raises `DraftCollides`, `DraftFaulty`, or `NothingToPublish` if the draft changes nothing.
        """
        list_draft.guard_collisions(draft, self.collisions, self.district.release)
        if self.proposal.findings:
            found = [each.model_dump(mode="json") for each in self.proposal.findings]
            raise problems.DraftFaulty(count=len(found), findings=found)
        if not self.proposal.changes:
            raise problems.NothingToPublish


@router.get("", response_model=views.DraftPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_all(
    state: State | None = None,
    cursor: Cursor | None = None,
    limit: int = Query(50, ge=1, le=200),
    ctx: Context = Depends(context),
    _: Caller = Depends(list_editor),
) -> views.DraftPage:
    """List drafts of the responsibility list, most recently updated first."""
    found = await store.page(ctx.database, state, cursors.instant_and_id(cursor), limit)
    following = cursors.next_cursor(found, limit, lambda last: (last.steps[-1].at, last.id))
    return views.DraftPage(items=[views.DraftLine.of(each) for each in found], next=following)


@router.post(
    "",
    response_model=views.DraftView,
    status_code=201,
    responses=responses(*COMMAND, problems.DraftBeyondArea, problems.DraftCollides),
)
async def create_draft(
    form: views.DraftForm, cmd: Command = Depends(command), caller: Caller = Depends(list_editor)
) -> Response:
    """Create a draft. All its entries must lie in the caller's area. Faults are allowed and listed in `findings`."""
    checked = await _check(cmd.context, form.content(), form.based_on)
    draft = list_draft.create(uuid4(), form.content(), checked.known_release(form.based_on), _author(cmd, caller))

    def decide(_: dict[UUID, Case[Any]]) -> views.DraftView:
        checked.guard_author(draft, caller)
        return checked.view(draft, caller)

    async def write(connection: Connection, _: views.DraftView) -> None:
        await store.add(connection, draft)

    return await cmd.run([], decide, status=201, also=write)


@router.get("/{draft_id}", response_model=views.DraftView, responses=responses(*SIGNED_IN, problems.DraftUnknown))
async def read_draft(
    draft_id: UUID, ctx: Context = Depends(context), caller: Caller = Depends(list_editor)
) -> views.DraftView:
    """Return a draft, its changes, and its faults and collisions."""
    draft = await store.get(ctx.database, draft_id)
    second_person = await _is_second_person(ctx, draft, caller)
    return (await _check(ctx, draft.content, draft.based_on)).view(draft, caller, second_person=second_person)


@router.put(
    "/{draft_id}",
    response_model=views.DraftView,
    responses=responses(*COMMAND, *_MOVED, problems.DraftBeyondArea, problems.DraftCollides),
)
async def rewrite_draft(
    draft_id: UUID, form: views.DraftRewriteForm, cmd: Command = Depends(command), caller: Caller = Depends(list_editor)
) -> Response:
    """Replace the content of a draft and the release on which it is based. The draft must be tried again."""
    draft = await store.get(cmd.database, draft_id)
    checked = await _check(cmd.context, form.content(), form.based_on)

    def act(possible: Possible) -> ListDraft:
        based_on = checked.known_release(form.based_on)
        after = list_draft.rewrite(draft, form.version, form.content(), based_on, _author(cmd, caller), possible)
        checked.guard_area(draft.content, caller)
        checked.guard_author(after, caller)
        return after

    return await _step(cmd, checked, draft, act, caller)


@router.post(
    "/{draft_id}/submit",
    response_model=views.DraftView,
    responses=responses(
        *COMMAND,
        *_MOVED,
        problems.DraftBeyondArea,
        problems.DraftNotTried,
        problems.DraftCollides,
        problems.DraftFaulty,
        problems.DraftDatePassed,
        problems.NothingToPublish,
    ),
)
async def submit_draft(
    draft_id: UUID, form: views.DraftSubmitForm, cmd: Command = Depends(command), caller: Caller = Depends(list_editor)
) -> Response:
    """Submit a draft for approval, with the result of its trial on past cases."""
    draft = await store.get(cmd.database, draft_id)
    checked = await _check(cmd.context, draft.content, draft.based_on)
    trial = _trial(cmd.context, form.signed_trial)

    def act(possible: Possible) -> ListDraft:
        author = _author(cmd, caller)
        after = list_draft.submit(draft, form.version, trial, checked.changes, author, checked.today, possible)
        checked.guard_author(draft, caller)
        checked.guard_release(draft)
        return after

    return await _step(cmd, checked, draft, act, caller)


@router.post("/{draft_id}/send-back", response_model=views.DraftView, responses=responses(*COMMAND, *_MOVED))
async def send_back_draft(
    draft_id: UUID, form: views.DraftReasonForm, cmd: Command = Depends(command), caller: Caller = Depends(approver)
) -> Response:
    """Send a submitted draft back to its authors, with a reason."""
    draft = await store.get(cmd.database, draft_id)
    checked = await _check(cmd.context, draft.content, draft.based_on)

    def act(possible: Possible) -> ListDraft:
        return list_draft.send_back(draft, form.version, form.reason, _author(cmd, caller), possible)

    return await _step(cmd, checked, draft, act, caller)


@router.post(
    "/{draft_id}/discard",
    response_model=views.DraftView,
    responses=responses(*COMMAND, *_MOVED, problems.DraftBeyondArea),
)
async def discard_draft(
    draft_id: UUID, form: views.DraftReasonForm, cmd: Command = Depends(command), caller: Caller = Depends(list_editor)
) -> Response:
    """Discard a draft, with a reason. The draft remains readable."""
    draft = await store.get(cmd.database, draft_id)
    checked = await _check(cmd.context, draft.content, draft.based_on)

    def act(possible: Possible) -> ListDraft:
        checked.guard_area(draft.content, caller)
        return list_draft.discard(draft, form.version, form.reason, _author(cmd, caller), possible)

    return await _step(cmd, checked, draft, act, caller)


@router.post(
    "/{draft_id}/approve",
    response_model=views.DraftView,
    responses=responses(
        *COMMAND,
        *_MOVED,
        problems.DraftOwnApproval,
        problems.DraftBeyondArea,
        problems.DraftCollides,
        problems.DraftFaulty,
        problems.DraftDatePassed,
        problems.NothingToPublish,
        problems.ReleaseMoved,
    ),
)
async def approve_draft(
    draft_id: UUID, form: views.DraftVersionForm, cmd: Command = Depends(command), caller: Caller = Depends(approver)
) -> Response:
    """Approve and publish a draft of other people.

    The changes become a release at once. If the draft has an effective date, they apply from that day on.
    """
    draft, author = await store.get(cmd.database, draft_id), _author(cmd, caller)
    second_person = await _is_second_person(cmd.context, draft, caller)
    checked = await _check(cmd.context, draft.content, draft.based_on)
    result: list[ListDraft] = []

    def decide(cases: dict[UUID, Case[Any]]) -> views.DraftView:
        by = _approving(caller) if second_person else None
        possible = checked.possible(draft, caller, second_person=second_person)
        list_draft.guard_approval(draft, form.version, by, checked.today, possible)
        checked.guard_area(draft.content, caller)
        checked.guard_release(draft)
        release = publish(
            cases[REGISTRY_STREAM],
            checked.proposal.changes,
            caller.id,
            draft.content.note,
            based_on=checked.district.release,
        )
        result[:] = [list_draft.mark_published(draft, release, author)]
        return checked.view(result[0], caller)

    async def write(connection: Connection, _: views.DraftView) -> None:
        await store.save(connection, result[0])

    answer = await cmd.run([REGISTRY_STREAM], decide, also=write, versioned=False)
    await refresh_snapshot(cmd.context)
    return answer


def _approving(caller: Caller) -> str | None:
    """Return the id of the caller's account, or `None` for a machine. A machine may not approve drafts."""
    return caller.id if caller.kind == "account" else None


async def _is_second_person(ctx: Context, draft: ListDraft, caller: Caller) -> bool:
    """Return whether the caller is certainly a different person than the authors of a submitted draft.

    For a draft in another state the result is False without a check, because only submitted drafts can be approved.
    """
    if draft.state != "submitted":
        return False
    try:
        await approvals.guard_second_person(ctx.database, draft.authors, caller.id)
    except problems.NotASecondPerson:
        return False
    return True


async def _check(ctx: Context, content: Content, based_on: int) -> _CheckedDraft:
    await refresh_snapshot(ctx)
    district = ctx.district

    def check() -> tuple[list[EntryChange], Proposal]:
        changes = list_draft.changes_to_publish(content, district.responsibilities)
        single_changes = [
            SingleChange(kind=Responsibility.KIND, id=each.id, body=each.body.to_body() if each.body else None)
            for each in changes
        ]
        return changes, from_changes(single_changes, district.records)

    changes, proposal = await asyncio.to_thread(check)
    collisions = await store.changed_since(ctx.database, list_draft.affected_entries(changes, content), based_on)
    return _CheckedDraft(district, changes, proposal, collisions, _today(ctx))


async def _step(
    cmd: Command, checked: _CheckedDraft, draft: ListDraft, act: Callable[[Possible], ListDraft], caller: Caller
) -> Response:
    """Apply one step to a draft, store the new version of the draft, and return it as the response.

    `act` returns the new version. It receives the actions that the caller may take, so that a refusal can name them.
    """
    result: list[ListDraft] = []
    second_person = await _is_second_person(cmd.context, draft, caller)

    def decide(_: dict[UUID, Case[Any]]) -> views.DraftView:
        result[:] = [act(checked.possible(draft, caller, second_person=second_person))]
        return checked.view(result[0], caller)

    async def write(connection: Connection, _: views.DraftView) -> None:
        await store.save(connection, result[0])

    return await cmd.run([], decide, also=write)


def _trial(ctx: Context, signed_trial: str) -> ListTrial | None:
    try:
        return list_trials.verify(signed_trial, ctx.settings.gridloop_secret_key)
    except list_trials.TrialSignatureInvalid:
        return None


def _author(cmd: Command, caller: Caller) -> Author:
    return Author(caller.id, cmd.context.clock.now(), caller.name)


def _today(ctx: Context) -> date:
    return ctx.clock.now().astimezone(ctx.district.zone).date()
