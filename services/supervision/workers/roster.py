"""Background worker of the roster: writes due patrol visits, handover sheets and digests, and erases old positions."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, get_args
from uuid import UUID

from services.chassis import quarantine
from services.chassis.context import Context
from services.chassis.database import Pool
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.roster import digests, outages, patrol, shift_handover
from services.supervision.store import case_index, check_ins, documents

log = logging.getLogger(__name__)

INTERVAL = timedelta(seconds=5)
"""Time between two rounds."""


async def keep_roster(context: Context) -> None:
    """Write the patrol visits and documents that became due since the last round, until the service stops.

    Turns, sheets and digests each have their own progress. All writing of one round uses one instant, so that a digest
    never covers time for which the patrol visits are not written yet.
    """
    while True:
        now = context.clock.now()
        if context.district_or_none is not None:
            await write_rounds(context, context.district, now)
            await write_sheets(context, context.district, now)
            await write_digests(context, context.district, now)
            await erase_positions(context, context.district)
        await context.clock.until(now + INTERVAL)


async def write_rounds(context: Context, district: RegistrySnapshot, now: datetime) -> int:
    """Write the due visits of turns that have begun and return the number of turns.

    If no turn was ever written, begin with the next turn. After an outage, write only turns whose visits can still be
    handed in, and record the outage.
    """
    rules = district.settings.patrol
    since = await check_ins.load_progress(context.database, "rounds") or now
    outage = outages.detect_outage(since, now, rules)
    found = outages.still_recordable(patrol.begun_duties(patrol.duties(district, since, now), since, now), now, rules)
    async with context.database.acquire() as connection, connection.transaction():
        if outage is not None:
            await check_ins.save_outage(connection, outage)
        await check_ins.write_duties(connection, found, district.zone)
        await check_ins.save_progress(connection, "rounds", now)
    return len(found)


async def write_sheets(context: Context, district: RegistrySnapshot, now: datetime) -> int:
    """Write the handover sheet of the last shift change of each centre.

    Earlier changes get no sheet, because the cases that were open then are unknown. A sheet that failed and is written
    in a later round lists the cases that are open at the time of writing.
    """
    pool = context.database
    since = await check_ins.load_progress(pool, "sheets") or now
    last = dict(shift_handover.shift_changes(district, since, now))
    due = {shift_handover.sheet_id(centre_id, at): (centre_id, at) for centre_id, at in last.items()}

    async def write(ids: list[UUID]) -> int:
        sheets = [
            shift_handover.write_sheet(
                district, centre_id, at, await case_index.open_cases(pool, district.centres[centre_id].areas)
            )
            for centre_id, at in map(due.__getitem__, ids)
        ]
        async with pool.acquire() as connection, connection.transaction():
            for sheet in sheets:
                await documents.save_sheet(connection, sheet, now)
        return len(ids)

    return await _write_documents(pool, "sheets", list(due), write, now)


async def write_digests(context: Context, district: RegistrySnapshot, now: datetime) -> int:
    """Write the weekly and monthly digest of each community when the week or month has ended.

    A period in which the system was down and no case was filed or ended has no digest.
    """
    pool = context.database
    since = await check_ins.load_progress(pool, "digests") or now
    periods = [
        _Period(kind, begins, ends)
        for kind in get_args(digests.Kind)
        for begins, ends in digests.periods_ended(kind, since, now, district)
    ]
    known_outages = await _outages_of(pool, district, periods)
    due = {
        digests.digest_id(period.kind, community, period.begins_on): (community, period)
        for period in periods
        for community in await _communities_with_digest(pool, district, period, known_outages)
    }

    async def write(ids: list[UUID]) -> int:
        found = [await _digest(pool, district, *due[each], known_outages) for each in ids]
        async with pool.acquire() as connection, connection.transaction():
            for each in found:
                await documents.save_digest(connection, each, now)
        return len(ids)

    return await _write_documents(pool, "digests", list(due), write, now)


class _Period(NamedTuple):
    """The period of a digest."""

    kind: digests.Kind
    begins_on: date
    ends_on: date
    """First day after the period."""

    def instants(self, district: RegistrySnapshot) -> tuple[datetime, datetime, datetime]:
        """Return when the previous period begins, when this period begins and when this period ends."""
        before = digests.period_before(self.kind, self.begins_on)
        return (
            digests.midnight(before, district),
            digests.midnight(self.begins_on, district),
            digests.midnight(self.ends_on, district),
        )


async def _outages_of(pool: Pool, district: RegistrySnapshot, periods: Sequence[_Period]) -> list[outages.Outage]:
    """Return every outage that can matter to a digest of these periods."""
    if not periods:
        return []
    return await check_ins.outages_since(pool, min(each.instants(district)[0] for each in periods))


async def _communities_with_digest(
    pool: Pool, district: RegistrySnapshot, period: _Period, known_outages: Sequence[outages.Outage]
) -> list[str]:
    """Return the communities that have a digest of this period.

    If the system was down during the whole period, these are the communities in which a case was filed or ended.
    """
    before, start, end = period.instants(district)
    if outages.was_running(start, end, known_outages):
        return list(district.communities)
    return [
        community
        for community in district.communities
        if digests.has_activity(await case_index.cases_of_community(pool, community, before, end), start, end)
    ]


async def _digest(
    pool: Pool, district: RegistrySnapshot, community: str, period: _Period, known_outages: Sequence[outages.Outage]
) -> digests.Digest:
    """Return the digest of a community and period."""
    before, start, end = period.instants(district)
    cases = await case_index.cases_of_community(pool, community, before, end)
    done = (await check_ins.count_completion(pool, start, end, [community])).values()
    visits = (sum(each.due for each in done), sum(each.visited for each in done))
    not_observed = outages.overlapping(before, end, known_outages)
    days = (period.begins_on, period.ends_on)
    return digests.write_digest(district, period.kind, community, days, cases, visits, not_observed)


async def _write_documents(
    pool: Pool,
    what: documents.DocumentKind,
    due: Sequence[UUID],
    write: Callable[[list[UUID]], Awaitable[int]],
    now: datetime,
) -> int:
    """Write the documents that are due and not stored yet. Return how many were written.

    A document that fails goes into quarantine and does not stop the others. The progress is saved only when every
    document is written, so that each round finds a failed document again. A document that is no longer due leaves the
    quarantine.
    """
    missing = await documents.missing_documents(pool, what, due)
    handled = sum([found async for found in quarantine.run_in_batches(pool, f"write_{what}", missing, write)])
    if handled == len(missing):
        async with pool.acquire() as connection:
            await check_ins.save_progress(connection, what, now)
    await quarantine.remove_others(pool, f"write_{what}", due)
    return handled


async def erase_positions(context: Context, district: RegistrySnapshot) -> None:
    """Erase officers' exact positions after the retention period of the district."""
    days = district.settings.retention.officer_position
    if erased := await check_ins.erase_positions(context.database, context.clock.now() - timedelta(days=days)):
        log.info("erased the positions of %d check-ins", erased)
