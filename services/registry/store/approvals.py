"""Proposals and decisions in the database, and the check that two accounts belong to different people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.chassis.database import Connection, Pool
from services.registry.domain.approvals import Approval
from services.registry.domain.problems import ApprovalDecided, ApprovalUnknown, NotASecondPerson
from services.registry.store.tables import real_now

NOT_PEOPLE = frozenset({"gridloop", "command line"})
"""Authors in the administration log that are not accounts of people.

`gridloop` creates demo accounts, and `command line` stands for commands on the server.
"""

_FIELDS = """
    id, proposed::text AS proposed, proposed_by, proposed_at, expires_at, decision, decided_by, decided_at, reason
"""
_PAGE = f"""
    SELECT {_FIELDS} FROM approval
    WHERE (NOT $1 OR (decision IS NULL AND expires_at > $2))
      AND ($3::timestamptz IS NULL OR (proposed_at, id) < ($3, $4::uuid))
    ORDER BY proposed_at DESC, id DESC LIMIT $5
"""
_ADD = """
    INSERT INTO approval (id, proposed, proposed_by, proposed_at, expires_at)
    VALUES ($1, $2::text::jsonb, $3, $4, $5)
"""
_DECIDE = """
    UPDATE approval SET decision = $2, decided_by = $3, decided_at = $4, reason = $5
    WHERE id = $1 AND decision IS NULL AND expires_at > $4
"""
_CREATORS = """
    WITH RECURSIVE creator (id) AS (
        SELECT unnest($1::text[])
        UNION
        SELECT by FROM administration JOIN creator ON subject = creator.id WHERE action IN ('created', 'password reset')
    )
    SELECT id FROM creator
"""


async def page(pool: Pool, *, pending: bool, after: tuple[datetime, UUID] | None, limit: int) -> list[Approval]:
    """Return a page of proposals with their decisions, newest proposal first. `pending` selects pending ones."""
    moment, approval_id = after or (None, None)
    return [_approval(row) for row in await pool.fetch(_PAGE, pending, real_now(), moment, approval_id, limit)]


async def get(pool: Pool, approval_id: UUID) -> Approval:
    """Return one proposal with its decision. Raises `ApprovalUnknown`."""
    row = await pool.fetchrow(f"SELECT {_FIELDS} FROM approval WHERE id = $1", approval_id)
    if row is None:
        raise ApprovalUnknown(approval=str(approval_id))
    return _approval(row)


async def add(connection: Connection, approval: Approval) -> None:
    """Store a new proposal."""
    await connection.execute(
        _ADD,
        approval.id,
        approval.proposed.model_dump_json(),
        approval.proposed_by,
        approval.proposed_at,
        approval.expires_at,
    )


async def decide(connection: Connection, approval_id: UUID, decision: str, by: str, reason: str = "") -> None:
    """Store the decision about a proposal. Raises `ApprovalDecided` if the proposal is not pending."""
    done = await connection.execute(_DECIDE, approval_id, decision, by, real_now(), reason)
    if done != "UPDATE 1":
        raise ApprovalDecided(state="decided")


async def record(connection: Connection, by: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Record an administrator's action on a machine key in the administration log."""
    await connection.execute(
        "INSERT INTO administration (at, by, action, subject, detail) VALUES ($1, $2, $3, $4, $5::text::jsonb)",
        real_now(),
        by,
        action,
        subject,
        orjson.dumps(detail).decode(),
    )


async def guard_second_person(pool: Pool, first: Iterable[str], second: str) -> None:
    """Raise `NotASecondPerson` if one person might control the account `second` and an account of `first`.

    A person who created an account, or reset its password, may know its password and control it. So accounts count as
    two people only if no account has created, or reset, both of them, directly or through other accounts.
    """
    if await _creators(pool, [*first]) & await _creators(pool, [second]):
        raise NotASecondPerson


async def _creators(pool: Pool, ids: list[str]) -> set[str]:
    """Return these account ids, and the ids of accounts that created them or reset their passwords, recursively."""
    return {row["id"] for row in await pool.fetch(_CREATORS, ids)} - NOT_PEOPLE


def _approval(row: Any) -> Approval:
    return Approval.model_validate({**dict(row), "proposed": orjson.loads(row["proposed"])})
