"""Proposals of one administrator that a second one approves or rejects."""

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
"""Lifetime of a pending proposal."""

State = Literal["pending", "approved", "rejected", "expired"]

_HIDDEN = frozenset({"hash", "secrets"})
"""Fields of a machine key that no response contains."""


class CreateAccount(Contract):
    """Proposal to create an account with a role that needs a second administrator."""

    kind: Literal["create_account"] = "create_account"
    account_id: UUID
    username: str
    name: str
    name_en: str
    password_hash: str
    bindings: Bindings


class ChangeAccount(Contract):
    """Proposal to change an account so that it gains such a role, or gains rights and has such a role."""

    kind: Literal["change_account"] = "change_account"
    account_id: UUID
    version: int
    """Version of the account on which the change is based."""
    name: str
    name_en: str
    bindings: Bindings


class ResetPassword(Contract):
    """Proposal to set a new password for an account with such a role."""

    kind: Literal["reset_password"] = "reset_password"
    account_id: UUID
    password_hash: str


class PublishChanges(Contract):
    """Proposal to publish a change of the responsibility list or a machine key that needs a second administrator."""

    kind: Literal["publish"] = "publish"
    based_on: int | None = None
    """Release that must still be current at the approval; `None` for keys, which no other release affects."""
    note: str
    changes: tuple[Change, ...]

    new_keys: tuple[str, ...] = ()
    """Ids of the new machine keys."""

    @property
    def machine_keys(self) -> list[MachineKey]:
        """Return the machine keys that this release adds or changes."""
        return [MachineKey.from_body(each.body) for each in self.changes if each.kind == MachineKey.KIND and each.body]


Proposed = Annotated[CreateAccount | ChangeAccount | ResetPassword | PublishChanges, Field(discriminator="kind")]


class Approval(Contract):
    """A proposal and its decision."""

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
        """Return the state at an instant."""
        if self.decision is not None:
            return self.decision
        return "pending" if now < self.expires_at else "expired"

    def guard_pending(self, now: datetime) -> None:
        """Refuse a proposal that is decided or expired. Raises `ApprovalDecided`."""
        state = self.state(now)
        if state != "pending":
            raise ApprovalDecided(state=state)


def without_secrets(proposed: Proposed) -> dict[str, Any]:
    """Return a proposal without password hashes, key hashes and encrypted secrets."""
    body = proposed.model_dump(mode="json", exclude={"password_hash"})
    for change in body.get("changes", ()):
        if change["kind"] == MachineKey.KIND and change["body"] is not None:
            change["body"] = {name: value for name, value in change["body"].items() if name not in _HIDDEN}
    return body


def changes_responsibilities(changes: list[Change]) -> bool:
    """Return whether any of the changes touches the responsibility list."""
    return any(each.kind == Responsibility.KIND for each in changes)
