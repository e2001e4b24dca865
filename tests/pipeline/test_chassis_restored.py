"""Rule 5: who has heard more of a case than its source says, or other things, stops that case: the source
was restored.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.events.registry import REGISTRY_STREAM, EntityRecorded, ReleasePublished
from contracts.registry import DistrictSettings, release_sha256
from deploy.local import ports
from deploy.local.home import Home
from deploy.local.postgres import Postgres as Cluster
from services.chassis import database, reload_registry_snapshot
from services.chassis.resume_cases import resume
from services.chassis.service import Service
from tests.support import backups
from tests.support.infrastructure import Postgres
from tests.support.installation import SERVICE_KEY, Installation, RunningService, service_client, wait_until
from tests.support.sample_events import produce, publish, sample_record, wait_until_applied
from tests.support.sample_services import publisher, subscriber

_DECISION = {"by": "test", "reason": "the backup was the best there was"}


async def _database(installation: Installation, name: str) -> asyncpg.Connection:
    return await asyncpg.connect(installation.databases[name])


async def _until_stopped(listening: RunningService, count: int) -> dict[str, tuple[int, int]]:
    """What had been heard of each stopped case, and what its source says."""
    async with service_client(listening) as http:

        async def stopped() -> Any:
            listening.app.state.repair.request()  # else it is looked at with the minute
            items = (await http.get("/internal/diverged")).json()["items"]
            return len(items) == count and items

        items = await wait_until(stopped, what=f"{count} stopped cases")
    return {item["case_id"]: (item["applied"], item["source_version"]) for item in items}


async def _until_compared(listening: RunningService, *sources: str) -> None:
    """Wait until every case of these sources, or of all, was compared: begun anew, or since the last stopped case went
    on.
    """

    async def compared() -> bool:
        listening.app.state.repair.request()
        return await listening.context.database.fetchval(
            "SELECT bool_and(identity <> '') FROM repair_cursor WHERE $1::text[] = '{}' OR source = ANY($1)", sources
        )

    await wait_until(compared, what="a comparison of every case")


@pytest.mark.parametrize("how", ["into a new database", "over what is there"])
async def test_rule_5_a_source_restored_from_a_dump_is_noticed_though_its_transactions_go_on(
    both: tuple[Installation, RunningService, RunningService], tmp_path: Path, how: str
) -> None:
    """The cluster that took the dump in has counted further than the one that was lost: nothing seems to be set
    back.
    """
    installation, intake, routing = both
    installation.discard_after_use()
    kept, cut, whole = uuid4(), uuid4(), uuid4()
    await publish(intake, kept, "a")
    await publish(intake, cut, "a")
    await backups.dump(installation.databases["intake"], tmp_path / "dump")
    await publish(intake, cut, "lost")
    await publish(intake, whole, "lost")
    await wait_until_applied(routing, cut, "1:a", "2:lost")
    await wait_until_applied(routing, whole, "1:lost")
    await wait_until_applied(routing, kept, "1:a")
    await installation.stop("intake")
    if how == "into a new database":
        installation.databases["intake"] = await installation.postgres.create_database("intake")
    await backups.restore(installation.databases["intake"], tmp_path / "dump")
    await installation.start(publisher())
    assert await _until_stopped(routing, 2) == {str(cut): (2, 1), str(whole): (1, 0)}
    assert not await routing.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", kept)


async def test_rule_5_files_put_back_are_noticed_though_the_server_ran_on_before_anybody_asked(
    installation: Installation, tmp_path: Path
) -> None:
    """The same cluster, database and timeline, and more transactions than were lost."""
    cluster = Cluster(Home(tmp_path / "cluster"), ports.free_port(), "test", durable=False)
    await cluster.start()
    try:
        own = Postgres(cluster)
        await own.create_role()
        installation.databases["intake"] = await own.create_database("intake")
        await installation.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")))
        intake, routing = await installation.start(publisher()), await installation.start(subscriber())
        case_id = uuid4()
        await publish(intake, case_id, "a")
        await wait_until_applied(routing, case_id, "1:a")
        await installation.stop("intake")
        await cluster.stop()
        await backups.copy(cluster.data, tmp_path / "copy")
        await cluster.start()
        intake = await installation.start(publisher())
        await publish(intake, case_id, "lost")
        await wait_until_applied(routing, case_id, "1:a", "2:lost")
        await installation.stop("intake")
        await cluster.stop()
        shutil.rmtree(cluster.data)
        await backups.copy(tmp_path / "copy", cluster.data)
        await cluster.start()
        await _run_on(installation.databases["intake"])
        await installation.start(publisher())
        assert await _until_stopped(routing, 1) == {str(case_id): (2, 1)}
        await installation.close()
    finally:
        await cluster.stop()


async def _run_on(url: str) -> None:
    """Somebody uses a few hundred transactions."""
    connection = await asyncpg.connect(url)
    for _ in range(300):
        await connection.execute("SELECT pg_current_xact_id()")
    await connection.close()


@pytest.mark.parametrize("since", [("other",), ("other", "and more")])
async def test_rule_5_a_restored_source_that_says_as_much_as_it_lost_is_noticed(
    both: tuple[Installation, RunningService, RunningService], tmp_path: Path, since: tuple[str, ...]
) -> None:
    """While nobody listened: its number is the reader's own, or higher, and all that tells is what it says."""
    installation, intake, routing = both
    installation.discard_after_use()
    case_id, kept = uuid4(), uuid4()
    await publish(intake, kept, "a")
    await publish(intake, case_id, "a")
    await backups.dump(installation.databases["intake"], tmp_path / "dump")
    await publish(intake, case_id, "lost")
    await wait_until_applied(routing, case_id, "1:a", "2:lost")
    await wait_until_applied(routing, kept, "1:a")
    await installation.stop("routing")
    await installation.stop("intake")
    await backups.restore(installation.databases["intake"], tmp_path / "dump")
    intake = await installation.start(publisher())
    await publish(intake, case_id, *since)
    again = await installation.start(subscriber())
    said = 1 + len(since)
    assert await _until_stopped(again, 1) == {str(case_id): (said, said)}
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", kept)
    await _resume(again, case_id)
    await publish(intake, case_id, "known to both")
    await wait_until_applied(
        again, case_id, "1:a", "2:lost", *(f"3:{note}" for note in since[1:]), f"{said + 1}:known to both"
    )
    await _until_compared(again)
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id)


async def _publish(registry: RunningService, release: int, name: str) -> None:
    """Put a district of this name in force."""
    district = DistrictSettings(id="370522", name=name, name_en=name, case_prefix="LJ").model_dump(mode="json")
    record = EntityRecorded(release=release, kind=DistrictSettings.KIND, id="370522", body=district)
    published = ReleasePublished(
        release=release, count=1, sha256=release_sha256([record.to_bytes()]), published_by="test"
    )

    def decide(cases: Any) -> None:
        cases[REGISTRY_STREAM].emit(record)
        cases[REGISTRY_STREAM].emit(published)

    await registry.context.cases.run([REGISTRY_STREAM], decide, cause="test")


async def test_rule_5_after_a_restored_registry_the_district_is_read_anew(
    installation: Installation, tmp_path: Path
) -> None:
    """It uses the number of the release it lost once more: to go on from there would leave the lost one in force."""
    registry = await installation.start(Service(name="registry"))
    routing = await installation.start(subscriber())

    async def named(running: RunningService, name: str) -> None:
        async def in_force() -> bool:
            district = running.context.district_or_none
            return district is not None and district.settings.name == name

        await wait_until(in_force, what=f"the district {name}")

    await _publish(registry, 1, "first")
    await named(routing, "first")
    await backups.dump(installation.databases["registry"], tmp_path / "dump")
    await _publish(registry, 2, "lost")
    await named(routing, "lost")
    await installation.stop("registry")
    await backups.restore(installation.databases["registry"], tmp_path / "dump")
    registry = await installation.start(Service(name="registry"))
    assert await _until_stopped(routing, 1) == {str(REGISTRY_STREAM): (4, 2)}
    await _publish(registry, 2, "second")
    async with service_client(routing) as http:
        refused = await http.post(f"/internal/diverged/{REGISTRY_STREAM}/resume", json=_DECISION)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/snapshot-reload-needed")
    await installation.stop("routing")
    pool = await database.connect(installation.databases["routing"], size=1)
    await reload_registry_snapshot.delete_snapshot(pool)
    await pool.close()
    again = await installation.start(subscriber())
    await named(again, "second")
    await _until_compared(again, "registry")
    assert await again.context.database.fetchval("SELECT count(*) FROM divergence WHERE resumed_at IS NULL") == 0


async def _resume(listening: RunningService, case_id: UUID) -> None:
    async with service_client(listening) as http:
        assert (await http.post(f"/internal/diverged/{case_id}/resume", json=_DECISION)).status_code == 200


async def test_rule_5_what_is_the_same_is_never_taken_for_another_history(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Every case is compared while all is well, a skipped event and an answer of our own included."""
    installation, intake, routing = both
    cases = [uuid4() for _ in range(5)]
    for case_id in cases[:4]:
        await publish(intake, case_id, "a", "answer", "c")
    await publish(intake, cases[4], "poison", "b")
    async with service_client(routing) as http:

        async def buried() -> Any:
            return (await http.get("/internal/dead-letters")).json()["items"]

        (grave,) = await wait_until(buried)
        assert (await http.post(f"/internal/dead-letters/{grave['id']}/skip", json=_DECISION)).status_code == 200
    for case_id in cases[:4]:
        await wait_until_applied(routing, case_id, "1:a", "2:answer", "3:c")
        await wait_until_applied(intake, case_id, "routing 2")
    await wait_until_applied(routing, cases[4], "2:b")
    for listening in (routing, intake):
        await listening.context.database.execute("UPDATE repair_cursor SET identity = '', resets = resets + 1")
        await _until_compared(listening)
        assert await listening.context.database.fetchval("SELECT count(*) FROM divergence") == 0
    assert installation


async def test_rule_5_a_reader_ahead_of_its_source_stops_that_case(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """The source was restored from an old backup and says other things under numbers that were used before."""
    installation, intake, routing = both
    case_id, other = uuid4(), uuid4()
    await _until_compared(routing)  # else the first comparison would find it before its source says another thing
    await publish(intake, other, "x")
    await produce(
        installation,
        *(sample_record(case_id, number, "from a lost future", installation.now()) for number in (1, 2, 3)),
    )
    await wait_until_applied(routing, case_id, *(f"{number}:from a lost future" for number in (1, 2, 3)))
    await publish(intake, case_id, "another past")
    await installation.stop("routing")
    again = await installation.start(subscriber())

    async def stopped() -> bool:
        return bool(await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id))

    await wait_until(stopped)
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", other)
    await publish(intake, case_id, "second", "third", "fourth")  # as many as were lost, and one more
    decision = _DECISION
    async with service_client(again) as http:
        (item,) = (await http.get("/internal/diverged")).json()["items"]
        assert (item["case_id"], item["source"], item["applied"], item["source_version"]) == (
            str(case_id),
            "intake",
            3,
            1,
        )
        unknown = await http.post(f"/internal/diverged/{other}/resume", json=decision)
        assert unknown.status_code == 404
        async with again.app.state.repair.passing:  # whoever goes on has yet to be asked, and no timer fires before
            resumed = await http.post(f"/internal/diverged/{case_id}/resume", json=decision)
            assert not again.app.state.repair.up_to_date
        assert resumed.json() == {"case_id": str(case_id), "sources": ["intake"]}
        assert (await http.get("/internal/diverged")).json()["items"] == []
    lost = [f"{number}:from a lost future" for number in (1, 2, 3)]
    await wait_until_applied(again, case_id, *lost, "2:second", "3:third", "4:fourth")


async def test_rule_5_one_command_resumes_all_cases_of_a_restored_source(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    await _until_compared(routing)
    cases = [uuid4() for _ in range(3)]
    for case_id in cases:
        await produce(installation, sample_record(case_id, 1, "from a lost future", installation.now()))
        await wait_until_applied(routing, case_id, "1:from a lost future")
    await routing.context.database.execute("UPDATE repair_cursor SET identity = '', resets = resets + 1")
    await _until_stopped(routing, 3)
    urls = {name: installation.running[name].url for name in ("routing", "dispatch")}
    assert await resume(urls, SERVICE_KEY, "dispatch", **_DECISION) == {"routing": 0, "dispatch": 0}
    assert await resume(urls, SERVICE_KEY, "intake", **_DECISION) == {"routing": 3, "dispatch": 0}
    kept = await routing.context.database.fetch("SELECT case_id, resumed_by, reason FROM divergence")
    assert {tuple(row) for row in kept} == {(case_id, *_DECISION.values()) for case_id in cases}
    assert not await routing.context.database.fetchval("SELECT count(*) FROM aggregate WHERE diverged")


async def test_rule_5_resuming_all_leaves_a_restored_registry_to_its_own_command(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    installation.discard_after_use()
    await routing.context.database.execute(
        "INSERT INTO divergence (case_id, source, applied, source_version, source_digest) VALUES ($1, 'registry', 4, 2, 0)",
        REGISTRY_STREAM,
    )
    assert await resume({"routing": routing.url}, SERVICE_KEY, "registry", **_DECISION) == {"routing": 0}


async def test_rule_5_a_source_restored_from_long_ago_is_compared_from_its_beginning(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Its transactions are counted anew, below those we have seen; thousands of cases are stopped, not only a few."""
    installation, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await installation.stop("routing")
    own, theirs = await _database(installation, "routing"), intake.context.database
    await own.execute("UPDATE repair_cursor SET since = '9000000000' WHERE source = 'intake'")
    await own.execute(
        "INSERT INTO aggregate (case_id, intake_applied) SELECT gen_random_uuid(), 2 FROM generate_series(1, 2100)"
    )
    ids = [row["case_id"] for row in await own.fetch("SELECT case_id FROM aggregate WHERE intake_applied = 2")]
    await theirs.execute("INSERT INTO aggregate (case_id, version) SELECT unnest($1::uuid[]), 1", ids)
    again = await installation.start(subscriber())

    async def stopped() -> bool:
        return await own.fetchval("SELECT count(*) FROM aggregate WHERE diverged") == 2100

    await wait_until(stopped)
    assert not await own.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id)
    await own.close()
    assert again


async def test_rule_5_a_case_that_a_restored_source_lost_whole_stops(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """The source does not name it any more, so the reader does; what a restored source still has goes on."""
    installation, intake, routing = both
    case_id, kept = uuid4(), uuid4()
    await publish(intake, kept, "a")
    await produce(installation, sample_record(case_id, 1, "from a lost future", installation.now()))
    await wait_until_applied(routing, kept, "1:a")
    await wait_until_applied(routing, case_id, "1:from a lost future")
    await installation.stop("routing")
    own = await _database(installation, "routing")
    await own.execute("UPDATE repair_cursor SET since = '9000000000' WHERE source = 'intake'")
    again = await installation.start(subscriber())
    async with service_client(again) as http:

        async def stopped() -> Any:
            return (await http.get("/internal/diverged")).json()["items"]

        (item,) = await wait_until(stopped)
        assert (item["case_id"], item["source"], item["applied"], item["source_version"]) == (
            str(case_id),
            "intake",
            1,
            0,
        )
        decision = _DECISION
        assert (await http.post(f"/internal/diverged/{case_id}/resume", json=decision)).status_code == 200
    await publish(intake, case_id, "anew")
    await wait_until_applied(again, case_id, "1:from a lost future", "1:anew")
    await own.close()
