"""Request and response bodies of the registry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from contracts.base import StrictCount
from contracts.registry import MachineKey
from services.chassis import cursors
from services.chassis.problems import CursorInvalid
from services.registry.domain.approvals import Approval, State, without_secrets
from services.registry.domain.bindings import Bindings
from services.registry.domain.changes import Change
from services.registry.domain.district_draft import Finding
from services.registry.store.tables import Account

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text without the null character, which PostgreSQL cannot store."""


class View(BaseModel):
    """A request or response body. Unknown fields of a request are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ReleaseView(View):
    """A release of the district's data."""

    release: int
    count: int
    """Number of recorded entities: all in the first release, only changed ones in later releases."""
    sha256: str
    published_at: datetime
    published_by: str
    note: str = ""


class Page(View):
    """A page of a list. `next` is the cursor of the next page, null at the end."""

    items: list[Any]
    next: str | None = None


def after(cursor: str | None) -> str:
    """Return the key after which a page begins. Raises `CursorInvalid`."""
    match cursors.decode(cursor) if cursor else [""]:
        case [str(key)] if "\0" not in key:
            return key
        case _:
            raise CursorInvalid


class Version(View):
    """One version of an entity. No body means that the release removed it."""

    release: int
    published_at: datetime
    published_by: str
    note: str
    body: dict[str, Any] | None


class EntityView(View):
    """An entity with its present body (null if removed) and all its versions, newest first."""

    kind: str
    id: str
    body: dict[str, Any] | None
    history: list[Version]


class ImportView(View):
    """Result of an import: findings, warnings, changes, and the release if it was published."""

    based_on: int
    """Release on which the changes are based; send it back to publish exactly these changes."""
    findings: list[Finding]
    """Faults, which prevent publishing."""
    warnings: list[Finding]
    """Probable omissions, which do not prevent publishing."""
    added: int
    changed: int
    removed: int
    changes: list[Change]
    """The first 1,000 changes, without bodies."""
    release: int | None = None


class AccountView(View):
    """An account, for its owner and for administrators."""

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
        """Return the view of a stored account."""
        return cls(
            id=account.id,
            username=account.username,
            name=account.name,
            name_en=account.name_en,
            roles=account.roles,
            areas=account.areas,
            channels=account.channels,
            unit=account.unit_id,
            officer=account.officer_id,
            team=account.team_id,
            disabled=account.disabled,
            version=account.version,
        )


class SessionView(View):
    """A signed-in account and its access token."""

    access_token: str
    """Bearer token, valid for five minutes."""
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_at: datetime
    account: AccountView


class NewAccount(Bindings):
    """An account to create."""

    username: str = Field(pattern=r"^[A-Za-z0-9_.@-]{2,64}$")
    name: Text = Field(min_length=1, max_length=64)
    name_en: Text = Field(default="", max_length=64)
    password: str | None = Field(default=None, max_length=128)
    """Password; if absent, one is generated and shown once."""


class AccountChange(Bindings):
    """The new state of an account. Bindings that are not named are removed."""

    version: StrictCount
    """Version of the account that the caller saw."""
    name: Text = Field(min_length=1, max_length=64)
    name_en: Text = Field(default="", max_length=64)
    disabled: StrictBool = False


class AccountCreated(View):
    """A new account, or one with a new password. The password is never shown again."""

    account: AccountView
    password: str | None
    """Null if the administrator chose it, or if the `Idempotency-Key` is repeated; reset the password in that case."""


class ApprovalView(View):
    """A proposal of one administrator and the decision of a second one."""

    id: UUID
    state: State
    proposed: dict[str, Any]
    """The proposal, without passwords and keys."""
    proposed_by: str
    """Id of the proposer's account."""
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, approval: Approval, now: datetime) -> ApprovalView:
        """Return the view of a stored approval."""
        return cls(
            id=approval.id,
            state=approval.state(now),
            proposed=without_secrets(approval.proposed),
            proposed_by=approval.proposed_by,
            proposed_at=approval.proposed_at,
            expires_at=approval.expires_at,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
            reason=approval.reason,
        )


class ApprovalNeeded(View):
    """A stored proposal (status 202). Nothing changes until a second administrator approves it."""

    approval: ApprovalView
    password: str | None = None
    """New password, valid from the approval on. It is never shown again."""
    key: str | None = None
    """New machine key, valid from the approval on. It is never shown again."""


class ApprovalDone(View):
    """Result of an approval."""

    approval: ApprovalView
    account: AccountView | None = None
    """The created or changed account."""
    release: int | None = None
    """The published release."""


class KeyView(View):
    """A machine key without the key itself, of which only a keyed hash is stored."""

    id: str
    name: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]
    unit: str | None
    areas: tuple[str, ...]
    valid_to: datetime | None
    revoked: bool
    signed_from: datetime | None
    """Instant from which the machine's requests must be signed; null if no signature is required."""

    @classmethod
    def of(cls, key: MachineKey) -> KeyView:
        """Return the view of a published key."""
        return cls(
            id=key.id,
            name=key.name,
            roles=key.roles,
            channels=key.channels,
            unit=key.unit,
            areas=key.areas,
            valid_to=key.valid_to,
            revoked=key.revoked,
            signed_from=key.signed_from,
        )


class SignatureRequired(View):
    """The secret with which a machine must sign its requests. It is never shown again."""

    secret: str | None
    """`whsec_…`, as in Standard Webhooks. Null if the `Idempotency-Key` is repeated; request a new one in that case."""
    machine_key: KeyView
    release: int


class KeyCreated(View):
    """A new machine key. It is never shown again."""

    key: str | None
    """Null if the `Idempotency-Key` is repeated; rotate the key in that case."""
    machine_key: KeyView
    release: int
