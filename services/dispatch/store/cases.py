"""Rows derived from cases: the table of dispatches, and the messages with their deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.common import Mode
from contracts.webhooks import HandoverMessage
from services.chassis import state_documents
from services.chassis.calendars import save_provisional
from services.chassis.database import Connection, Pool
from services.chassis.identifiers import derive_id
from services.dispatch.domain.delivery import cap
from services.dispatch.domain.delivery.schedule import LIFETIME
from services.dispatch.domain.dispatches import webhook_fields
from services.dispatch.domain.dispatches.problems import DispatchUnknown
from services.dispatch.domain.dispatches.state import DispatchCase, DispatchedCase, OutgoingMessage
from services.dispatch.store import redaction

_SAVE_DISPATCHES = """
    INSERT INTO dispatch (id, case_id, unit_id, status, open, due_at, grid_code, created_at, changed_at, mode, crew)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], $7::text[],
                         $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[])
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, open = excluded.open, due_at = excluded.due_at,
        changed_at = excluded.changed_at, crew = excluded.crew, grid_code = excluded.grid_code
    WHERE (dispatch.status, dispatch.open, dispatch.due_at, dispatch.crew, dispatch.grid_code)
          IS DISTINCT FROM (excluded.status, excluded.open, excluded.due_at, excluded.crew, excluded.grid_code)
"""

_ADD_MESSAGES = """
    WITH inserted AS (
        INSERT INTO message (id, ordering_key, unit_id, type, format, actual, body, case_id)
        SELECT id, ordering_key, unit_id, type, format, actual, body, case_id
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bytea[], $9::uuid[])
             WITH ORDINALITY AS new (id, ordering_key, unit_id, type, format, actual, body, case_id, place)
        WHERE type <> 'notice.requested'
           OR EXISTS (SELECT FROM endpoint WHERE endpoint.unit_id = new.unit_id AND deleted_at IS NULL)
        ORDER BY place
        ON CONFLICT (id) DO NOTHING
        RETURNING id, number, ordering_key, unit_id, type, format, actual
    )
    INSERT INTO delivery (id, endpoint_id, message_id, number, ordering_key, expires_at)
    SELECT delivery_id(inserted.id, endpoint.id), endpoint.id, inserted.id, inserted.number, inserted.ordering_key, now() + $8
    FROM inserted JOIN endpoint USING (unit_id)
    WHERE accepts(endpoint, inserted.type, inserted.format, inserted.actual)
    ON CONFLICT DO NOTHING
"""

_FIND = """
    SELECT dispatch.id, dispatch.case_id, aggregate.version, aggregate.state::text AS state
    FROM dispatch JOIN aggregate USING (case_id) WHERE dispatch.id = $1
"""

_LIST = """
    SELECT dispatch.id, dispatch.case_id, dispatch.{key} AS sort_key, aggregate.version, aggregate.state::text AS state
    FROM dispatch JOIN aggregate USING (case_id)
    WHERE {which} AND ($6::uuid IS NULL OR dispatch.case_id = $6)
      AND ($7::text IS NULL OR dispatch.mode = $7)
      AND ($8::text IS NULL OR dispatch.crew = $8)
      AND ($1::text[] IS NULL OR dispatch.unit_id = ANY ($1))
      AND ($2::text[] IS NULL OR EXISTS (SELECT FROM unnest($2) AS area WHERE starts_with(dispatch.grid_code, area)))
      AND ($3::timestamptz IS NULL OR (dispatch.{key}, dispatch.id) {beyond} ($3, $4))
    ORDER BY dispatch.{key} {direction}, dispatch.id {direction} LIMIT $5
"""

_CREWS = """
    SELECT unit_id, crew, count(*) AS open, count(*) FILTER (WHERE due_at < $4) AS overdue, min(due_at) AS next_due_at
    FROM dispatch
    WHERE open AND ($3::text IS NULL OR mode = $3) AND ($1::text[] IS NULL OR unit_id = ANY ($1))
      AND ($2::text[] IS NULL OR EXISTS (SELECT FROM unnest($2) AS area WHERE starts_with(grid_code, area)))
    GROUP BY unit_id, crew ORDER BY unit_id, crew NULLS FIRST
"""

_LISTS = {
    "all": _LIST.format(key="created_at", which="true", beyond=">", direction="ASC"),
    "open": _LIST.format(key="due_at", which="dispatch.open", beyond=">", direction="ASC"),
    "done": _LIST.format(key="changed_at", which="NOT dispatch.open", beyond="<", direction="DESC"),
    "returns": _LIST.format(key="due_at", which="dispatch.status = 'return_requested'", beyond=">", direction="ASC"),
}


@dataclass(frozen=True, slots=True)
class EncodedMessage:
    """A message encoded in one format, as a row of the table `message`."""

    id: UUID
    format: Literal["json", "cap"]
    body: bytes
    message: OutgoingMessage


def encode(message: OutgoingMessage, public_url: str) -> list[EncodedMessage]:
    """Encode a message as JSON; a hand-over message also as CAP, for emergency services that read CAP."""
    webhook = webhook_fields.with_absolute_links(message.webhook, public_url)
    encoded = [EncodedMessage(message.id, "json", webhook.to_bytes(), message)]
    if isinstance(webhook, HandoverMessage):
        encoded.append(EncodedMessage(derive_id(message.id, "cap"), "cap", cap.render(webhook.data), message))
    return encoded


@dataclass(frozen=True, slots=True)
class StoredDispatch:
    """The id of a dispatch, with the version and the state of its case."""

    dispatch_id: UUID
    case_id: UUID
    version: int
    state: DispatchCase
    key: datetime | None = None
    """Time by which the list is sorted; `None` if the dispatch was not read as part of a list."""


class DispatchStore:
    """Writes the rows that the dispatch service derives from a case, in the transaction of the case."""

    def __init__(self, public_url: str) -> None:
        """`public_url`: the public address, with which links in messages begin."""
        self._public_url = public_url

    async def save(self, connection: Connection, cases: list[DispatchedCase]) -> None:
        """Update the rows of the dispatches of these cases, and store new messages with their deliveries.

        Also redact the stored messages of cases that turned out confidential.
        """
        await self._save_dispatches(connection, cases)
        await save_provisional(
            connection, {case.id: case.state.provisional for case in cases if case.state.ever_provisional}
        )
        if newly_confidential := [case.id for case in cases if case.turns_confidential]:
            await redaction.redact_messages(connection, newly_confidential)
        messages = [(case.id, message) for case in cases for message in case.state.messages]
        if messages:
            await add_messages(connection, messages, self._public_url)

    async def _save_dispatches(self, connection: Connection, cases: list[DispatchedCase]) -> None:
        rows = [
            (
                each.id,
                case.id,
                each.unit_id,
                each.status,
                case.state.is_awaited(each),
                each.next_due_at,
                case.state.filed_case.place.grid_code,
                each.created_at,
                case.now,
                case.state.mode,
                each.crew,
            )
            for case in cases
            if case.state.filed_case is not None
            for each in case.state.dispatches
        ]
        if rows:
            await connection.execute(_SAVE_DISPATCHES, *(list(column) for column in zip(*rows, strict=True)))


async def add_messages(connection: Connection, messages: list[tuple[UUID, OutgoingMessage]], public_url: str) -> None:
    """Store messages, and one delivery for each endpoint that accepts the message, in one statement.

    `messages`: pairs of case id and message. A message to a unit is stored even if the unit has no endpoint, because an
    endpoint that is registered later can recover it. A notice to the SMS gateway is not stored without an endpoint,
    because a notice is useless days later.
    """
    encoded = [(case_id, each) for case_id, message in messages for each in encode(message, public_url)]
    await connection.execute(
        _ADD_MESSAGES,
        [each.id for _, each in encoded],
        [each.message.about for _, each in encoded],
        [each.message.recipient for _, each in encoded],
        [each.message.webhook.type for _, each in encoded],
        [each.format for _, each in encoded],
        [each.message.mode == "actual" for _, each in encoded],
        [each.body for _, each in encoded],
        LIFETIME,
        [case_id for case_id, _ in encoded],
    )


async def load_dispatch(pool: Pool, dispatch_id: UUID) -> StoredDispatch:
    """Return a dispatch with its case. Raises `DispatchUnknown` if there is no such dispatch."""
    row = await pool.fetchrow(_FIND, dispatch_id)
    if row is None:
        raise DispatchUnknown(dispatch=str(dispatch_id))
    return StoredDispatch(
        dispatch_id,
        row["case_id"],
        row["version"],
        state_documents.parse_state(DispatchCase, row["case_id"], row["state"]),
    )


async def case_id_of(pool: Pool, dispatch_id: UUID) -> UUID:
    """Return the id of the case of a dispatch. Raises `DispatchUnknown` if there is no such dispatch."""
    case_id: UUID | None = await pool.fetchval("SELECT case_id FROM dispatch WHERE id = $1", dispatch_id)
    if case_id is None:
        raise DispatchUnknown(dispatch=str(dispatch_id))
    return case_id


async def list_dispatches(
    pool: Pool,
    which: str,
    *,
    units: list[str] | None,
    areas: list[str] | None,
    case_id: UUID | None,
    mode: Mode | None,
    crew: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[StoredDispatch]:
    """Return one page of dispatches. `which` names the list: `open`, `returns`, `done` or `all`.

    `open` and `returns` are sorted by deadline, `done` by latest change, `all` by time of creation. A filter that is
    `None` matches every dispatch.
    """

    async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[Any]:
        return await pool.fetch(_LISTS[which], units, areas, *(place or (None, None)), count, case_id, mode, crew)

    rows = await state_documents.load_page(DispatchCase, limit, after, fetch, lambda row: (row["sort_key"], row["id"]))
    return [StoredDispatch(row["id"], row["case_id"], row["version"], state, row["sort_key"]) for row, state in rows]


@dataclass(frozen=True, slots=True)
class CrewLoad:
    """Workload of one crew of a unit. `crew` is `None` for the dispatches that are assigned to no crew."""

    unit_id: str
    crew: str | None
    open: int
    overdue: int
    next_due_at: datetime


async def list_crews(
    pool: Pool, *, units: list[str] | None, areas: list[str] | None, mode: Mode | None, now: datetime
) -> list[CrewLoad]:
    """Return the workload of each crew, by unit. For each unit, the dispatches without a crew come first."""
    return [CrewLoad(**row) for row in await pool.fetch(_CREWS, units, areas, mode, now)]
