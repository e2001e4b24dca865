"""Proposals of an administrator that a second administrator must approve before they take effect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant
from contracts.registry import MachineKey, Responsibility
from services.registry.domain.bindings import Bindings
from services.registry.domain.changes import Change
from services.registry.domain.problems import ApprovalDecided

LIFE = timedelta(days=7)
"""Time after which a proposal expires if nobody decides about it."""

State = Literal["pending", "approved", "rejected", "expired"]

_HIDDEN = frozenset({"hash", "secrets"})
"""Fields of a machine key that are left out of responses."""


class CreateAccount(Contract):
    """Proposal to create an account whose rights need a second administrator's approval."""

    kind: Literal["create_account"] = "create_account"
    account_id: UUID
    username: str
    name: str
    name_en: str
    password_hash: str
    bindings: Bindings


class ChangeAccount(Contract):
    """Proposal to change an account in a way that needs a second administrator's approval."""

    kind: Literal["change_account"] = "change_account"
    account_id: UUID
    version: int
    """Version of the account on which the change is based. The account must still have it at the approval."""
    name: str
    name_en: str
    bindings: Bindings


class ResetPassword(Contract):
    """Proposal to set a new password for an account whose rights need a second administrator's approval."""

    kind: Literal["reset_password"] = "reset_password"
    account_id: UUID
    password_hash: str


class PublishChanges(Contract):
    """Proposal to publish changes that need a second administrator's approval.

    These are changes of the responsibility list, and machine keys with certain rights.
    """

    kind: Literal["publish"] = "publish"
    based_on: int | None = None
    """Release that must still be current at the approval. `None` for machine keys: then any release may be current."""
    note: str
    changes: tuple[Change, ...]

    new_keys: tuple[str, ...] = ()
    """Ids of the machine keys that the proposal creates."""

    @property
    def machine_keys(self) -> list[MachineKey]:
        """Return the machine keys that the proposal adds or changes."""
        return [MachineKey.from_body(each.body) for each in self.changes if each.kind == MachineKey.KIND and each.body]


Proposed = Annotated[CreateAccount | ChangeAccount | ResetPassword | PublishChanges, Field(discriminator="kind")]


class Approval(Contract):
    """A proposal, and the decision about it. `decision` is `None` until an administrator has decided."""

    id: UUID
    proposed: Proposed
    proposed_by: str
    """Id of the proposer's account."""
    proposed_at: Instant
    expires_at: Instant
    decision: Literal["approved", "rejected"] | None = None
    decided_by: str | None = None
    decided_at: Instant | None = None
    reason: str = ""

    def state(self, now: datetime) -> State:
        """Return the state of the proposal at an instant. A proposal without a decision expires."""
        if self.decision is not None:
            return self.decision
        return "pending" if now < self.expires_at else "expired"

    def guard_pending(self, now: datetime) -> None:
        """Raise `ApprovalDecided` if the proposal is decided or expired."""
        state = self.state(now)
        if state != "pending":
            raise ApprovalDecided(state=state)


def without_secrets(proposed: Proposed) -> dict[str, Any]:
    """Return the content of a proposal without password hashes, key hashes and encrypted secrets."""
    body = proposed.model_dump(mode="json", exclude={"password_hash"})
    for change in body.get("changes", ()):
        if change["kind"] == MachineKey.KIND and change["body"] is not None:
            change["body"] = {name: value for name, value in change["body"].items() if name not in _HIDDEN}
    return body


def changes_responsibilities(changes: list[Change]) -> bool:
    """Return whether at least one change is a change of the responsibility list."""
    return any(each.kind == Responsibility.KIND for each in changes)
