"""What one administrator proposes and a second one approves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant
from contracts.registry import MachineKey, Responsibility
from services.registry.domain.changes import Change
from services.registry.domain.people import Bindings
from services.registry.domain.problems import ApprovalDecided

LIFE = timedelta(days=7)
"""How long a proposal waits for its approval."""

State = Literal["pending", "approved", "rejected", "expired"]

_HIDDEN = frozenset({"hash", "secrets"})
"""Fields of a machine key that are shown to nobody."""


class CreateAccount(Contract):
    """A new account with a role that takes two persons."""

    kind: Literal["create_account"] = "create_account"
    account_id: UUID
    username: str
    name: str
    name_en: str
    password_hash: str
    bindings: Bindings


class ChangeAccount(Contract):
    """A change that gives an account a role that takes two persons, or more rights with it."""

    kind: Literal["change_account"] = "change_account"
    account_id: UUID
    version: int
    """The version the change was made from."""
    name: str
    name_en: str
    bindings: Bindings


class ResetPassword(Contract):
    """A new password for an account with a role that takes two persons."""

    kind: Literal["reset_password"] = "reset_password"
    account_id: UUID
    password_hash: str


class PublishChanges(Contract):
    """A release that changes the responsibility list, or brings out a key that takes two persons."""

    kind: Literal["publish"] = "publish"
    based_on: int | None = None
    """Refused unless this release is still in force; `None` for keys, which no other release affects."""
    note: str
    changes: tuple[Change, ...]

    made_keys: tuple[str, ...] = ()
    """Ids of the machine keys that it makes."""

    @property
    def machine_keys(self) -> list[MachineKey]:
        """Machine keys that it brings out or changes."""
        return [MachineKey.from_body(each.body) for each in self.changes if each.kind == MachineKey.KIND and each.body]


Proposed = Annotated[CreateAccount | ChangeAccount | ResetPassword | PublishChanges, Field(discriminator="kind")]


class Approval(Contract):
    """A proposal, and what was decided about it."""

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
        """Where it stands."""
        if self.decision is not None:
            return self.decision
        return "pending" if now < self.expires_at else "expired"

    def guard_pending(self, now: datetime) -> None:
        """Raises `ApprovalDecided`."""
        state = self.state(now)
        if state != "pending":
            raise ApprovalDecided(state=state)


def shown(proposed: Proposed) -> dict[str, Any]:
    """What an approver reads of a proposal: everything but hashes and sealed secrets."""
    body = proposed.model_dump(mode="json", exclude={"password_hash"})
    for change in body.get("changes", ()):
        if change["kind"] == MachineKey.KIND and change["body"] is not None:
            change["body"] = {name: value for name, value in change["body"].items() if name not in _HIDDEN}
    return body


def changes_list(changes: list[Change]) -> bool:
    """Return whether a release with these changes touches the responsibility list."""
    return any(each.kind == Responsibility.KIND for each in changes)
