"""Rule 5: who has heard more of a case than its source says, or other things, stops that case: the source was restored."""

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
from tests.support.house import SERVICE_KEY, House, Running, client, until
from tests.support.parts import Postgres
from tests.support.samples import listener, teller
from tests.support.telling import fact, produce, say, until_heard

_DECISION = {"by": "test", "reason": "the backup was the best there was"}


async def _database(house: House, name: str) -> asyncpg.Connection:
    return await asyncpg.connect(house.databases[name])


async def _until_stopped(listening: Running, count: int) -> dict[str, tuple[int, int]]:
    """What had been heard of each stopped case, and what its source says."""
    async with client(listening) as http:

        async def stopped() -> Any:
            listening.app.state.repair.request()  # else it is looked at with the minute
            items = (await http.get("/internal/diverged")).json()["items"]
            return len(items) == count and items

        items = await until(stopped, what=f"{count} stopped cases")
    return {item["case_id"]: (item["applied"], item["source_version"]) for item in items}


async def _until_compared(listening: Running, *sources: str) -> None:
    """Wait until every case of these sources, or of all, was compared: begun anew, or since the last stopped case went on."""

    async def compared() -> bool:
        listening.app.state.repair.request()
        return await listening.context.database.fetchval(
            "SELECT bool_and(identity <> '') FROM repair_cursor WHERE $1::text[] = '{}' OR source = ANY($1)", sources
        )

    await until(compared, what="a comparison of every case")


@pytest.mark.parametrize("how", ["into a new database", "over what is there"])
async def test_rule_5_a_source_restored_from_a_dump_is_noticed_though_its_transactions_go_on(
    both: tuple[House, Running, Running], tmp_path: Path, how: str
) -> None:
    """The cluster that took the dump in has counted further than the one that was lost: nothing seems to be set back."""
    house, intake, routing = both
    house.spoil()
    kept, cut, whole = uuid4(), uuid4(), uuid4()
    await say(intake, kept, "a")
    await say(intake, cut, "a")
    await backups.dump(house.databases["intake"], tmp_path / "dump")
    await say(intake, cut, "lost")
    await say(intake, whole, "lost")
    await until_heard(routing, cut, "1:a", "2:lost")
    await until_heard(routing, whole, "1:lost")
    await until_heard(routing, kept, "1:a")
    await house.stop("intake")
    if how == "into a new database":
        house.databases["intake"] = await house.postgres.create_database("intake")
    await backups.restore(house.databases["intake"], tmp_path / "dump")
    await house.start(teller())
    assert await _until_stopped(routing, 2) == {str(cut): (2, 1), str(whole): (1, 0)}
    assert not await routing.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", kept)


async def test_rule_5_files_put_back_are_noticed_though_the_server_ran_on_before_anybody_asked(
    house: House, tmp_path: Path
) -> None:
    """The same cluster, database and timeline, and more transactions than were lost."""
    cluster = Cluster(Home(tmp_path / "cluster"), ports.free(), "test", durable=False)
    await cluster.start()
    try:
        own = Postgres(cluster)
        await own.create_role()
        house.databases["intake"] = await own.create_database("intake")
        await house.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")))
        intake, routing = await house.start(teller()), await house.start(listener())
        case_id = uuid4()
        await say(intake, case_id, "a")
        await until_heard(routing, case_id, "1:a")
        await house.stop("intake")
        await cluster.stop()
        await backups.copy(cluster.data, tmp_path / "copy")
        await cluster.start()
        intake = await house.start(teller())
        await say(intake, case_id, "lost")
        await until_heard(routing, case_id, "1:a", "2:lost")
        await house.stop("intake")
        await cluster.stop()
        shutil.rmtree(cluster.data)
        await backups.copy(tmp_path / "copy", cluster.data)
        await cluster.start()
        await _run_on(house.databases["intake"])
        await house.start(teller())
        assert await _until_stopped(routing, 1) == {str(case_id): (2, 1)}
        await house.close()
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
    both: tuple[House, Running, Running], tmp_path: Path, since: tuple[str, ...]
) -> None:
    """While nobody listened: its number is the reader's own, or higher, and all that tells is what it says."""
    house, intake, routing = both
    house.spoil()
    case_id, kept = uuid4(), uuid4()
    await say(intake, kept, "a")
    await say(intake, case_id, "a")
    await backups.dump(house.databases["intake"], tmp_path / "dump")
    await say(intake, case_id, "lost")
    await until_heard(routing, case_id, "1:a", "2:lost")
    await until_heard(routing, kept, "1:a")
    await house.stop("routing")
    await house.stop("intake")
    await backups.restore(house.databases["intake"], tmp_path / "dump")
    intake = await house.start(teller())
    await say(intake, case_id, *since)
    again = await house.start(listener())
    said = 1 + len(since)
    assert await _until_stopped(again, 1) == {str(case_id): (said, said)}
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", kept)
    await _resume(again, case_id)
    await say(intake, case_id, "known to both")
    await until_heard(
        again, case_id, "1:a", "2:lost", *(f"3:{note}" for note in since[1:]), f"{said + 1}:known to both"
    )
    await _until_compared(again)
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id)


async def _publish(registry: Running, release: int, name: str) -> None:
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


async def test_rule_5_after_a_restored_registry_the_district_is_read_anew(house: House, tmp_path: Path) -> None:
    """It uses the number of the release it lost once more: to go on from there would leave the lost one in force."""
    registry = await house.start(Service(name="registry"))
    routing = await house.start(listener())

    async def named(running: Running, name: str) -> None:
        async def in_force() -> bool:
            district = running.context.district_or_none
            return district is not None and district.settings.name == name

        await until(in_force, what=f"the district {name}")

    await _publish(registry, 1, "first")
    await named(routing, "first")
    await backups.dump(house.databases["registry"], tmp_path / "dump")
    await _publish(registry, 2, "lost")
    await named(routing, "lost")
    await house.stop("registry")
    await backups.restore(house.databases["registry"], tmp_path / "dump")
    registry = await house.start(Service(name="registry"))
    assert await _until_stopped(routing, 1) == {str(REGISTRY_STREAM): (4, 2)}
    await _publish(registry, 2, "second")
    async with client(routing) as http:
        refused = await http.post(f"/internal/diverged/{REGISTRY_STREAM}/resume", json=_DECISION)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/snapshot-reload-needed")
    await house.stop("routing")
    pool = await database.connect(house.databases["routing"], size=1)
    await reload_registry_snapshot.delete_snapshot(pool)
    await pool.close()
    again = await house.start(listener())
    await named(again, "second")
    await _until_compared(again, "registry")
    assert await again.context.database.fetchval("SELECT count(*) FROM divergence WHERE resumed_at IS NULL") == 0


async def _resume(listening: Running, case_id: UUID) -> None:
    async with client(listening) as http:
        assert (await http.post(f"/internal/diverged/{case_id}/resume", json=_DECISION)).status_code == 200


async def test_rule_5_what_is_the_same_is_never_taken_for_another_history(both: tuple[House, Running, Running]) -> None:
    """Every case is compared while all is well, a skipped event and an answer of our own included."""
    house, intake, routing = both
    cases = [uuid4() for _ in range(5)]
    for case_id in cases[:4]:
        await say(intake, case_id, "a", "answer", "c")
    await say(intake, cases[4], "poison", "b")
    async with client(routing) as http:

        async def buried() -> Any:
            return (await http.get("/internal/dead-letters")).json()["items"]

        (grave,) = await until(buried)
        assert (await http.post(f"/internal/dead-letters/{grave['id']}/skip", json=_DECISION)).status_code == 200
    for case_id in cases[:4]:
        await until_heard(routing, case_id, "1:a", "2:answer", "3:c")
        await until_heard(intake, case_id, "routing 2")
    await until_heard(routing, cases[4], "2:b")
    for listening in (routing, intake):
        await listening.context.database.execute("UPDATE repair_cursor SET identity = '', again = again + 1")
        await _until_compared(listening)
        assert await listening.context.database.fetchval("SELECT count(*) FROM divergence") == 0
    assert house


async def test_rule_5_a_reader_ahead_of_its_source_stops_that_case(both: tuple[House, Running, Running]) -> None:
    """The source was restored from an old backup and says other things under numbers that were used before."""
    house, intake, routing = both
    case_id, other = uuid4(), uuid4()
    await _until_compared(routing)  # else the first comparison would find it before its source says another thing
    await say(intake, other, "x")
    await produce(house, *(fact(case_id, number, "from a lost future", house.now()) for number in (1, 2, 3)))
    await until_heard(routing, case_id, *(f"{number}:from a lost future" for number in (1, 2, 3)))
    await say(intake, case_id, "another past")
    await house.stop("routing")
    again = await house.start(listener())

    async def stopped() -> bool:
        return bool(await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id))

    await until(stopped)
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", other)
    await say(intake, case_id, "second", "third", "fourth")  # as many as were lost, and one more
    decision = _DECISION
    async with client(again) as http:
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
    await until_heard(again, case_id, *lost, "2:second", "3:third", "4:fourth")


async def test_rule_5_one_command_resumes_all_cases_of_a_restored_source(both: tuple[House, Running, Running]) -> None:
    house, _, routing = both
    await _until_compared(routing)
    cases = [uuid4() for _ in range(3)]
    for case_id in cases:
        await produce(house, fact(case_id, 1, "from a lost future", house.now()))
        await until_heard(routing, case_id, "1:from a lost future")
    await routing.context.database.execute("UPDATE repair_cursor SET identity = '', again = again + 1")
    await _until_stopped(routing, 3)
    urls = {name: house.running[name].url for name in ("routing", "dispatch")}
    assert await resume(urls, SERVICE_KEY, "dispatch", **_DECISION) == {"routing": 0, "dispatch": 0}
    assert await resume(urls, SERVICE_KEY, "intake", **_DECISION) == {"routing": 3, "dispatch": 0}
    kept = await routing.context.database.fetch("SELECT case_id, resumed_by, reason FROM divergence")
    assert {tuple(row) for row in kept} == {(case_id, *_DECISION.values()) for case_id in cases}
    assert not await routing.context.database.fetchval("SELECT count(*) FROM aggregate WHERE diverged")


async def test_rule_5_resuming_all_leaves_a_restored_registry_to_its_own_command(
    both: tuple[House, Running, Running],
) -> None:
    house, _, routing = both
    house.spoil()
    await routing.context.database.execute(
        "INSERT INTO divergence (case_id, source, applied, source_version, source_digest) VALUES ($1, 'registry', 4, 2, 0)",
        REGISTRY_STREAM,
    )
    assert await resume({"routing": routing.url}, SERVICE_KEY, "registry", **_DECISION) == {"routing": 0}


async def test_rule_5_a_source_restored_from_long_ago_is_compared_from_its_beginning(
    both: tuple[House, Running, Running],
) -> None:
    """Its transactions are counted anew, below those we have seen; thousands of cases are stopped, not only a few."""
    house, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "a")
    await until_heard(routing, case_id, "1:a")
    await house.stop("routing")
    own, theirs = await _database(house, "routing"), intake.context.database
    await own.execute("UPDATE repair_cursor SET since = '9000000000' WHERE source = 'intake'")
    await own.execute(
        "INSERT INTO aggregate (case_id, intake_applied) SELECT gen_random_uuid(), 2 FROM generate_series(1, 2100)"
    )
    ids = [row["case_id"] for row in await own.fetch("SELECT case_id FROM aggregate WHERE intake_applied = 2")]
    await theirs.execute("INSERT INTO aggregate (case_id, version) SELECT unnest($1::uuid[]), 1", ids)
    again = await house.start(listener())

    async def stopped() -> bool:
        return await own.fetchval("SELECT count(*) FROM aggregate WHERE diverged") == 2100

    await until(stopped)
    assert not await own.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id)
    await own.close()
    assert again


async def test_rule_5_a_case_that_a_restored_source_lost_whole_stops(both: tuple[House, Running, Running]) -> None:
    """The source does not name it any more, so the reader does; what a restored source still has goes on."""
    house, intake, routing = both
    case_id, kept = uuid4(), uuid4()
    await say(intake, kept, "a")
    await produce(house, fact(case_id, 1, "from a lost future", house.now()))
    await until_heard(routing, kept, "1:a")
    await until_heard(routing, case_id, "1:from a lost future")
    await house.stop("routing")
    own = await _database(house, "routing")
    await own.execute("UPDATE repair_cursor SET since = '9000000000' WHERE source = 'intake'")
    again = await house.start(listener())
    async with client(again) as http:

        async def stopped() -> Any:
            return (await http.get("/internal/diverged")).json()["items"]

        (item,) = await until(stopped)
        assert (item["case_id"], item["source"], item["applied"], item["source_version"]) == (
            str(case_id),
            "intake",
            1,
            0,
        )
        decision = _DECISION
        assert (await http.post(f"/internal/diverged/{case_id}/resume", json=decision)).status_code == 200
    await say(intake, case_id, "anew")
    await until_heard(again, case_id, "1:from a lost future", "1:anew")
    await own.close()
