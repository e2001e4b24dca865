"""What the registry answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from contracts.base import WholeNumber
from contracts.registry import MachineKey
from services.chassis import cursors
from services.chassis.problems import CursorInvalid
from services.registry.domain.approvals import Approval, State, shown
from services.registry.domain.changes import Change
from services.registry.domain.draft import Finding
from services.registry.domain.people import Bindings
from services.registry.store.tables import Account

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text without the null character, which PostgreSQL cannot keep."""


class View(BaseModel):
    """An answer or request body; unknown fields of a request are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ReleaseView(View):
    """A release of the district's data."""

    release: int
    count: int
    """Entities recorded in it: all in the first, only what changed in later ones."""
    sha256: str
    published_at: datetime
    published_by: str
    note: str = ""


class Page(View):
    """A page of a list; `next` is the cursor of the following one, null at the end."""

    items: list[Any]
    next: str | None = None


def after(cursor: str | None) -> str:
    """The key after which a page begins. Raises `CursorInvalid`."""
    match cursors.decode(cursor) if cursor else [""]:
        case [str(key)] if "\0" not in key:
            return key
        case _:
            raise CursorInvalid


class Version(View):
    """One version of an entity; without body it was removed in that release."""

    release: int
    published_at: datetime
    published_by: str
    note: str
    body: dict[str, Any] | None


class EntityView(View):
    """An entity as it is now (`body`, null when removed), and every version of it, newest first."""

    kind: str
    id: str
    body: dict[str, Any] | None
    history: list[Version]


class ImportView(View):
    """What an import found, what it would change, and the release it became, if it was published."""

    based_on: int
    """The release the changes are against; send it back to publish exactly this."""
    findings: list[Finding]
    """Faults: nothing is published before they are corrected."""
    warnings: list[Finding]
    """What is probably forgotten; it does not prevent publishing."""
    added: int
    changed: int
    removed: int
    changes: list[Change]
    """At most 1,000 of them, without bodies."""
    release: int | None = None


class AccountView(View):
    """An account as its owner and administrators see it."""

    id: UUID
    username: str
    name: str
    name_en: str
    roles: list[str]
    areas: list[str]
    channels: list[str]
    unit: str | None
    officer: str | None
    team: str | None
    disabled: bool
    version: int

    @classmethod
    def of(cls, account: Account) -> AccountView:
        """The view of a stored account."""
        return cls(
            id=account.id, username=account.username, name=account.name, name_en=account.name_en, roles=account.roles,
            areas=account.areas, channels=account.channels, unit=account.unit_id, officer=account.officer_id,
            team=account.team_id, disabled=account.disabled, version=account.version,
        )  # fmt: skip


class SessionView(View):
    """A signed-in account and its access token."""

    access_token: str
    """Bearer token, five minutes."""
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_at: datetime
    account: AccountView


class NewAccount(Bindings):
    """An account to be made."""

    username: str = Field(pattern=r"^[A-Za-z0-9_.@-]{2,64}$")
    name: Text = Field(min_length=1, max_length=64)
    name_en: Text = Field(default="", max_length=64)
    password: str | None = Field(default=None, max_length=128)
    """Without one, a password is generated and told once."""


class AccountChange(Bindings):
    """An account as it shall be. Bindings not named are taken away."""

    version: WholeNumber
    """The version the change was made from."""
    name: Text = Field(min_length=1, max_length=64)
    name_en: Text = Field(default="", max_length=64)
    disabled: StrictBool = False


class AccountCreated(View):
    """A new account, or one with a new password: the password is told here and nowhere again."""

    account: AccountView
    password: str | None
    """None where the administrator chose it, or when the same `Idempotency-Key` asks again: reset it then."""


class ApprovalView(View):
    """What one administrator proposed, and what a second one decided about it."""

    id: UUID
    state: State
    proposed: dict[str, Any]
    """What takes effect with the approval; of passwords and keys nothing is shown."""
    proposed_by: str
    """Id of the proposer's account."""
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, approval: Approval, now: datetime) -> ApprovalView:
        """The view of a stored approval."""
        return cls(
            id=approval.id, state=approval.state(now), proposed=shown(approval.proposed), proposed_by=approval.proposed_by,
            proposed_at=approval.proposed_at, expires_at=approval.expires_at, decided_by=approval.decided_by,
            decided_at=approval.decided_at, reason=approval.reason,
        )  # fmt: skip


class ApprovalNeeded(View):
    """Status 202: nothing has changed yet; a second administrator must approve it."""

    approval: ApprovalView
    password: str | None = None
    """The new account's, or the reset one, from the approval on: told here and nowhere again."""
    key: str | None = None
    """The new machine key, from the approval on: shown here and nowhere again."""


class ApprovalDone(View):
    """What an approval did."""

    approval: ApprovalView
    account: AccountView | None = None
    """The account that was made or changed."""
    release: int | None = None
    """The release that was published."""


class KeyView(View):
    """A machine key without the key: only a keyed hash of it is kept anywhere."""

    id: str
    name: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]
    unit: str | None
    areas: tuple[str, ...]
    valid_to: datetime | None
    revoked: bool
    signed_from: datetime | None
    """From then on what it sends must be signed; none: the key is enough."""

    @classmethod
    def of(cls, key: MachineKey) -> KeyView:
        """The view of a published key."""
        return cls(
            id=key.id, name=key.name, roles=key.roles, channels=key.channels, unit=key.unit, areas=key.areas,
            valid_to=key.valid_to, revoked=key.revoked, signed_from=key.signed_from,
        )  # fmt: skip


class SignatureDemanded(View):
    """The secret that a machine shall sign by: shown here and nowhere again."""

    secret: str | None
    """`whsec_…`, as of Standard Webhooks. None when the same `Idempotency-Key` asks again: demand it then."""
    machine_key: KeyView
    release: int


class KeyCreated(View):
    """A new key: shown here and nowhere again."""

    key: str | None
    """None when the same `Idempotency-Key` asks again: rotate it then."""
    machine_key: KeyView
    release: int
