"""Request and response bodies of the registry's routes."""

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
    """Base class of request and response bodies. A request with unknown fields is refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ReleaseView(View):
    """Number, time, author and note of a release of the district's data."""

    release: int
    count: int
    """Number of entities that the release added, changed or removed. The first release adds all entities."""
    sha256: str
    published_at: datetime
    published_by: str
    note: str = ""


class Page(View):
    """A page of a list. `next` is the cursor of the next page, null on the last page."""

    items: list[Any]
    next: str | None = None


def after(cursor: str | None) -> str:
    """Return the key in a cursor: that of the last item on the previous page. Raises `CursorInvalid`."""
    match cursors.decode(cursor) if cursor else [""]:
        case [str(key)] if "\0" not in key:
            return key
        case _:
            raise CursorInvalid


class Version(View):
    """One version of an entity. `body` is null if the release removed the entity."""

    release: int
    published_at: datetime
    published_by: str
    note: str
    body: dict[str, Any] | None


class EntityView(View):
    """An entity with its present body, which is null if the entity was removed, and its versions, newest first."""

    kind: str
    id: str
    body: dict[str, Any] | None
    history: list[Version]


class ImportView(View):
    """Result of an import or its preview. `release` is the published release, null if nothing was published."""

    based_on: int
    """Release on which the changes are based. Send it back as `based_on` to publish exactly these changes."""
    findings: list[Finding]
    """Faults in the data. The import cannot be published while there are any."""
    warnings: list[Finding]
    """Probable omissions in the data. They do not prevent publishing."""
    added: int
    changed: int
    removed: int
    changes: list[Change]
    """The first 1,000 changes, without the bodies of the entities."""
    release: int | None = None


class AccountView(View):
    """An account, as its owner and administrators see it."""

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
    """Bearer token. It is valid for five minutes."""
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_at: datetime
    account: AccountView


class NewAccount(Bindings):
    """An account to create."""

    username: str = Field(pattern=r"^[A-Za-z0-9_.@-]{2,64}$")
    name: Text = Field(min_length=1, max_length=64)
    name_en: Text = Field(default="", max_length=64)
    password: str | None = Field(default=None, max_length=128)
    """Password of the account. If null, a password is generated and shown once."""


class AccountChange(Bindings):
    """New state of an account. Roles, areas and other rights that the request does not name are removed."""

    version: StrictCount
    """Version of the account that the caller saw. The change is refused if the account has another version now."""
    name: Text = Field(min_length=1, max_length=64)
    name_en: Text = Field(default="", max_length=64)
    disabled: StrictBool = False


class AccountCreated(View):
    """An account that was created or got a new password. The password is never shown again."""

    account: AccountView
    password: str | None
    """Generated password. Null if the administrator chose the password.

    Also null in the response to a repeated `Idempotency-Key`. If the password is lost, reset it.
    """


class ApprovalView(View):
    """A proposal of an administrator, and the decision of a second administrator."""

    id: UUID
    state: State
    proposed: dict[str, Any]
    """Content of the proposal, without secrets and without hashes of passwords and keys."""
    proposed_by: str
    """Id of the proposer's account."""
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, approval: Approval, now: datetime) -> ApprovalView:
        """Return the view of a stored proposal and its decision."""
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
    """Response with status 202: the proposal is stored. It has no effect until a second administrator approves it."""

    approval: ApprovalView
    password: str | None = None
    """New password, if the proposal contains a generated one. It is valid after the approval and never shown again."""
    key: str | None = None
    """New machine key, if the proposal contains one. It is valid after the approval and never shown again."""


class ApprovalDone(View):
    """Response to an approval: the approved proposal, and what it has changed."""

    approval: ApprovalView
    account: AccountView | None = None
    """The created or changed account, if the proposal was about an account."""
    release: int | None = None
    """Number of the published release, if the proposal was about changes to publish."""


class KeyView(View):
    """Name and rights of a machine key, without the secret text of the key. Only a hash of this text is stored."""

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
        """Return the view of a published machine key."""
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
    """Response to a new signature requirement. It contains the secret with which the machine must sign its requests."""

    secret: str | None
    """Secret of the form `whsec_…`, as in Standard Webhooks. It is never shown again.

    Null in the response to a repeated `Idempotency-Key`. If the secret is lost, request a new one.
    """
    machine_key: KeyView
    release: int


class KeyCreated(View):
    """Response to a new machine key. It contains the secret key text."""

    key: str | None
    """Text of the key. It is never shown again.

    Null in the response to a repeated `Idempotency-Key`. If the text is lost, rotate the key.
    """
    machine_key: KeyView
    release: int
