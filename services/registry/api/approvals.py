"""Routes for approvals: a second administrator approves or rejects what a first one has proposed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import Command, StoreResponse, command, context, needs
from services.registry.api.dependencies import registry_state
from services.registry.api.publishing import publish_by_command
from services.registry.api.views import AccountView, ApprovalDone, ApprovalNeeded, ApprovalView, Page, Text, View
from services.registry.domain import problems
from services.registry.domain.approvals import (
    LIFE,
    Approval,
    ChangeAccount,
    CreateAccount,
    Proposed,
    PublishChanges,
    ResetPassword,
    changes_responsibilities,
)
from services.registry.domain.bindings import Bindings, bindings_of, check_bindings, guard_grant, guard_whole_district
from services.registry.store import approvals as store
from services.registry.store.accounts import Accounts
from services.registry.store.registry_state import RegistryState
from services.registry.store.tables import Account, real_now

router = APIRouter(prefix="/api/registry/approvals", tags=["administration"])

NEEDED: dict[int | str, dict[str, object]] = {
    202: {"model": ApprovalNeeded, "description": "A second administrator must approve it; nothing has changed yet."}
}
"""OpenAPI description of the response 202, for routes that may need an approval."""

_REFUSED = (
    problems.ApprovalUnknown,
    problems.ApprovalDecided,
    problems.NotASecondPerson,
    problems.ApprovalNeedsAccount,
)


class Rejection(View):
    """Request body of a rejection: its reason."""

    reason: Text = Field(min_length=1, max_length=500)


@router.get("", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_approvals(
    pending: Annotated[bool, Query(description="Return only pending approvals.")] = False,
    cursor: Cursor | None = None,
    limit: int = Query(50, ge=1, le=200),
    ctx: Context = Depends(context),
    _: Caller = Depends(needs("administrator", "auditor")),
) -> Page:
    """List proposals and the decisions about them, newest proposal first."""
    found = await store.page(ctx.database, pending=pending, after=cursors.instant_and_id(cursor), limit=limit)
    following = cursors.next_cursor(found, limit, lambda last: (last.proposed_at, last.id))
    now = real_now()
    return Page(items=[ApprovalView.of(each, now) for each in found], next=following)


@router.get("/{approval_id}", response_model=ApprovalView, responses=responses(*SIGNED_IN, problems.ApprovalUnknown))
async def read_approval(
    approval_id: UUID, ctx: Context = Depends(context), _: Caller = Depends(needs("administrator", "auditor"))
) -> ApprovalView:
    """Return one proposal and the decision about it."""
    return ApprovalView.of(await store.get(ctx.database, approval_id), real_now())


@router.post(
    "/{approval_id}/approve",
    response_model=ApprovalDone,
    responses=responses(
        *COMMAND,
        *_REFUSED,
        problems.BeyondOwnRights,
        problems.WholeDistrictOnly,
        problems.ReleaseMoved,
        problems.AccountChanged,
        problems.UsernameTaken,
        problems.UnknownBinding,
    ),
)
async def approve(
    approval_id: UUID,
    cmd: Command = Depends(command),
    state: RegistryState = Depends(registry_state),
    caller: Caller = Depends(needs("administrator")),
) -> Response:
    """Approve a proposal of another administrator. The proposal takes effect at once.

    The approving administrator must also be allowed to make the proposed change.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    approval = await _pending(cmd, approval_id, caller)
    await _guard_proposer(state.accounts, approval)
    await store.guard_second_person(cmd.database, [approval.proposed_by], caller.id)
    match approval.proposed:
        case PublishChanges() as proposed:
            return await _publish(cmd, approval, proposed, caller)
        case proposed:
            return await _carry_out(cmd, state.accounts, approval, proposed, caller)


@router.post("/{approval_id}/reject", response_model=ApprovalView, responses=responses(*COMMAND, *_REFUSED))
async def reject(
    approval_id: UUID,
    body: Rejection,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("administrator")),
) -> Response:
    """Reject a proposal. Administrators may also reject (withdraw) their own proposals."""
    if (before := await cmd.stored_response()) is not None:
        return before
    approval = await _pending(cmd, approval_id, caller)

    async def write(connection: Connection, _: object) -> None:
        await store.decide(connection, approval_id, "rejected", caller.id, body.reason)

    return await cmd.run([], lambda _: _decided(approval, "rejected", caller, body.reason), also=write)


async def propose(cmd: Command, caller: Caller, proposed: Proposed) -> Response:
    """Store a proposal for a second administrator to decide, and return a response with status 202.

    Raises `ApprovalNeedsAccount` if the caller is a machine.
    """
    now = real_now()
    approval = Approval(id=uuid4(), proposed=proposed, proposed_by=caller.id, proposed_at=now, expires_at=now + LIFE)

    def decide(_: object) -> ApprovalNeeded:
        _guard_account(caller)
        return ApprovalNeeded(approval=ApprovalView.of(approval, now))

    async def write(connection: Connection, _: object) -> None:
        await store.add(connection, approval)

    return await cmd.run([], decide, status=202, also=write)


def account_guard(caller: Caller, district: RegistrySnapshot, *new: Bindings) -> Callable[[Account], None]:
    """Return a function that refuses a change of an account outside the caller's rights.

    It checks the present roles and limits of the account, and the `new` ones if given. It raises `BeyondOwnRights`.
    """

    def guard(account: Account) -> None:
        for bindings in (bindings_of(account), *new):
            guard_grant(caller, bindings, district)

    return guard


async def _pending(cmd: Command, approval_id: UUID, caller: Caller) -> Approval:
    """Return a pending proposal.

    Raises `ApprovalUnknown`, `ApprovalDecided` if the proposal is not pending, or `ApprovalNeedsAccount` for a machine.
    """
    approval = await store.get(cmd.database, approval_id)
    approval.guard_pending(real_now())
    _guard_account(caller)
    return approval


def _guard_account(caller: Caller) -> None:
    if caller.kind != "account":
        raise problems.ApprovalNeedsAccount


async def _guard_proposer(accounts: Accounts, approval: Approval) -> None:
    """Refuse a proposal if its proposer is no longer an enabled administrator. Raises `ApprovalDecided`."""
    proposer = await accounts.get(UUID(approval.proposed_by))
    if proposer.disabled or "administrator" not in proposer.roles:
        raise problems.ApprovalDecided(state="expired")


async def _carry_out(
    cmd: Command,
    accounts: Accounts,
    approval: Approval,
    proposed: CreateAccount | ChangeAccount | ResetPassword,
    caller: Caller,
) -> Response:
    """Create or change the account as proposed. Store the decision in the same transaction."""

    async def act(keep: StoreResponse[ApprovalDone]) -> None:
        async def also(connection: Connection, account: Account) -> None:
            await store.decide(connection, approval.id, "approved", caller.id)
            done = ApprovalDone(approval=_decided(approval, "approved", caller), account=AccountView.of(account))
            await keep(connection, done)

        by, district = approval.proposed_by, cmd.district
        match proposed:
            case CreateAccount(bindings=bindings):
                check_bindings(bindings, district)
                guard_grant(caller, bindings, district)
                await accounts.insert(
                    proposed.account_id,
                    proposed.username,
                    proposed.password_hash,
                    name=proposed.name,
                    name_en=proposed.name_en,
                    bindings=bindings,
                    by=by,
                    also=also,
                )
            case ChangeAccount(bindings=bindings):
                check_bindings(bindings, district)
                await accounts.change(
                    proposed.account_id,
                    proposed.version,
                    by,
                    name=proposed.name,
                    name_en=proposed.name_en,
                    disabled=False,
                    bindings=bindings,
                    guard=account_guard(caller, district, bindings),
                    also=also,
                )
            case ResetPassword():
                guard = account_guard(caller, district)
                await accounts.reset_password(proposed.account_id, proposed.password_hash, by, guard, also)

    return await cmd.run_without_case(act)


async def _publish(cmd: Command, approval: Approval, proposed: PublishChanges, caller: Caller) -> Response:
    """Publish the proposed changes. Store the decision in the same transaction."""

    def guard() -> None:
        if changes_responsibilities([*proposed.changes]):
            guard_whole_district(caller)
        for key in proposed.machine_keys:
            bindings = Bindings(roles=key.roles, areas=key.areas, channels=key.channels, unit=key.unit)
            guard_grant(caller, bindings, cmd.district)

    async def also(connection: Connection) -> None:
        await store.decide(connection, approval.id, "approved", caller.id)
        for key in proposed.new_keys:
            await store.record(connection, approval.proposed_by, "created", key, {"approval": str(approval.id)})

    def response_of(release: int) -> ApprovalDone:
        return ApprovalDone(approval=_decided(approval, "approved", caller), release=release)

    return await publish_by_command(
        cmd,
        [*proposed.changes],
        caller.id,
        proposed.note,
        response_of,
        based_on=proposed.based_on,
        also=also,
        guard=guard,
    )


def _decided(approval: Approval, decision: str, caller: Caller, reason: str = "") -> ApprovalView:
    now = real_now()
    decided = approval.model_copy(
        update={"decision": decision, "decided_by": caller.id, "decided_at": now, "reason": reason}
    )
    return ApprovalView.of(decided, now)
