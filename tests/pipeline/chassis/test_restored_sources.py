"""Rule 5: a case is diverged when its source, after a restore, lacks events that were applied or states others."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

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
from tests.support.installation import SERVICE_KEY, Installation, RunningService
from tests.support.operators import DECISION, decide, list_items, wait_for_dead_letters
from tests.support.operators import resume as resume_case
from tests.support.sample_events import produce, publish_notes, sample_record, wait_until_applied
from tests.support.sample_services import SamplePair, publisher, subscriber
from tests.support.waiting import wait_until


async def _connect(installation: Installation, name: str) -> asyncpg.Connection:
    return await asyncpg.connect(installation.databases[name])


async def _wait_until_diverged(subscriber: RunningService, count: int) -> dict[str, tuple[int, int]]:
    """Wait until so many cases are diverged. Return for each what was applied, and the version of its source."""

    async def diverged() -> Any:
        subscriber.app.state.repair.request()  # else the next pass begins within a minute
        items = await list_items(subscriber, "diverged")
        return len(items) == count and items

    items = await wait_until(diverged, what=f"{count} diverged cases")
    return {item["case_id"]: (item["applied"], item["source_version"]) for item in items}


async def _wait_until_compared(subscriber: RunningService, *sources: str) -> None:
    """Wait until every case of these sources, or of all sources, was compared."""

    async def compared() -> bool:
        subscriber.app.state.repair.request()
        return await subscriber.context.database.fetchval(
            "SELECT bool_and(identity <> '') FROM repair_cursor WHERE $1::text[] = '{}' OR source = ANY($1)", sources
        )

    await wait_until(compared, what="a comparison of every case")


@pytest.mark.parametrize("how", ["into a new database", "over what is there"])
async def test_rule_5_a_source_restored_from_a_dump_is_noticed_though_its_transaction_numbers_grow(
    pair: SamplePair, tmp_path: Path, how: str
) -> None:
    """The cluster with the restored dump has higher transaction numbers than the lost one."""
    installation, intake, routing = pair
    installation.discard_after_use()
    kept, cut, whole = uuid4(), uuid4(), uuid4()
    await publish_notes(intake, kept, "a")
    await publish_notes(intake, cut, "a")
    await backups.dump(installation.databases["intake"], tmp_path / "dump")
    await publish_notes(intake, cut, "lost")
    await publish_notes(intake, whole, "lost")
    await wait_until_applied(routing, cut, "1:a", "2:lost")
    await wait_until_applied(routing, whole, "1:lost")
    await wait_until_applied(routing, kept, "1:a")
    await installation.stop("intake")
    if how == "into a new database":
        installation.databases["intake"] = await installation.postgres.create_database("intake")
    await backups.restore(installation.databases["intake"], tmp_path / "dump")
    await installation.start(publisher())
    assert await _wait_until_diverged(routing, 2) == {str(cut): (2, 1), str(whole): (1, 0)}
    assert not await routing.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", kept)


async def test_rule_5_restored_files_are_noticed_after_more_transactions_than_were_lost(
    installation: Installation, tmp_path: Path
) -> None:
    """The cluster, database and timeline are the same as before."""
    cluster = Cluster(Home(tmp_path / "cluster"), ports.free_port(), "test", durable=False)
    await cluster.start()
    try:
        own = Postgres(cluster)
        await own.create_role()
        installation.databases["intake"] = await own.create_database("intake")
        await installation.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")))
        intake, routing = await installation.start(publisher()), await installation.start(subscriber())
        case_id = uuid4()
        await publish_notes(intake, case_id, "a")
        await wait_until_applied(routing, case_id, "1:a")
        await installation.stop("intake")
        await cluster.stop()
        await backups.copy(cluster.data, tmp_path / "copy")
        await cluster.start()
        intake = await installation.start(publisher())
        await publish_notes(intake, case_id, "lost")
        await wait_until_applied(routing, case_id, "1:a", "2:lost")
        await installation.stop("intake")
        await cluster.stop()
        shutil.rmtree(cluster.data)
        await backups.copy(tmp_path / "copy", cluster.data)
        await cluster.start()
        await _use_transactions(installation.databases["intake"])
        await installation.start(publisher())
        assert await _wait_until_diverged(routing, 1) == {str(case_id): (2, 1)}
        await installation.close()
    finally:
        await cluster.stop()


async def _use_transactions(url: str) -> None:
    """Use a few hundred transaction numbers."""
    connection = await asyncpg.connect(url)
    for _ in range(300):
        await connection.execute("SELECT pg_current_xact_id()")
    await connection.close()


@pytest.mark.parametrize("since", [("other",), ("other", "and more")])
async def test_rule_5_a_restored_source_that_has_stated_as_many_events_as_it_lost_is_noticed(
    pair: SamplePair, tmp_path: Path, since: tuple[str, ...]
) -> None:
    """Its version equals ours or is higher; only the content of its events differs."""
    installation, intake, routing = pair
    installation.discard_after_use()
    case_id, kept = uuid4(), uuid4()
    await publish_notes(intake, kept, "a")
    await publish_notes(intake, case_id, "a")
    await backups.dump(installation.databases["intake"], tmp_path / "dump")
    await publish_notes(intake, case_id, "lost")
    await wait_until_applied(routing, case_id, "1:a", "2:lost")
    await wait_until_applied(routing, kept, "1:a")
    await installation.stop("routing")
    await installation.stop("intake")
    await backups.restore(installation.databases["intake"], tmp_path / "dump")
    intake = await installation.start(publisher())
    await publish_notes(intake, case_id, *since)
    again = await installation.start(subscriber())
    version = 1 + len(since)
    assert await _wait_until_diverged(again, 1) == {str(case_id): (version, version)}
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", kept)
    assert (await resume_case(again, case_id)).status_code == 200
    await publish_notes(intake, case_id, "known to both")
    await wait_until_applied(
        again, case_id, "1:a", "2:lost", *(f"3:{note}" for note in since[1:]), f"{version + 1}:known to both"
    )
    await _wait_until_compared(again)
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


async def test_rule_5_after_a_restore_of_the_registry_the_snapshot_is_loaded_again(
    installation: Installation, tmp_path: Path
) -> None:
    """The registry uses the number of the lost release again; without a new load, the lost release stays in force."""
    registry = await installation.start(Service(name="registry"))
    routing = await installation.start(subscriber())

    async def wait_for_district(running: RunningService, name: str) -> None:
        def in_force() -> bool:
            district = running.context.district_or_none
            return district is not None and district.settings.name == name

        await wait_until(in_force, what=f"the district {name}")

    await _publish(registry, 1, "first")
    await wait_for_district(routing, "first")
    await backups.dump(installation.databases["registry"], tmp_path / "dump")
    await _publish(registry, 2, "lost")
    await wait_for_district(routing, "lost")
    await installation.stop("registry")
    await backups.restore(installation.databases["registry"], tmp_path / "dump")
    registry = await installation.start(Service(name="registry"))
    assert await _wait_until_diverged(routing, 1) == {str(REGISTRY_STREAM): (4, 2)}
    await _publish(registry, 2, "second")
    refused = await resume_case(routing, REGISTRY_STREAM)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/snapshot-reload-needed")
    await installation.stop("routing")
    pool = await database.connect(installation.databases["routing"], size=1)
    await reload_registry_snapshot.delete_snapshot(pool)
    await pool.close()
    again = await installation.start(subscriber())
    await wait_for_district(again, "second")
    await _wait_until_compared(again, "registry")
    assert await again.context.database.fetchval("SELECT count(*) FROM divergence WHERE resumed_at IS NULL") == 0


async def test_rule_5_equal_histories_are_never_taken_for_diverged(pair: SamplePair) -> None:
    """Every case is compared, also one with a skipped event and one with events of the subscriber."""
    _, intake, routing = pair
    cases = [uuid4() for _ in range(5)]
    for case_id in cases[:4]:
        await publish_notes(intake, case_id, "a", "answer", "c")
    await publish_notes(intake, cases[4], "poison", "b")
    (dead_letter,) = await wait_for_dead_letters(routing)
    assert (await decide(routing, dead_letter, "skip")).status_code == 200
    for case_id in cases[:4]:
        await wait_until_applied(routing, case_id, "1:a", "2:answer", "3:c")
        await wait_until_applied(intake, case_id, "routing 2")
    await wait_until_applied(routing, cases[4], "2:b")
    for service in (routing, intake):
        await service.context.database.execute("UPDATE repair_cursor SET identity = '', resets = resets + 1")
        await _wait_until_compared(service)
        assert await service.context.database.fetchval("SELECT count(*) FROM divergence") == 0


async def test_rule_5_a_case_of_which_more_was_applied_than_its_source_has_is_diverged(pair: SamplePair) -> None:
    """The source was restored from an old backup and states other events under used sequences."""
    installation, intake, routing = pair
    case_id, other = uuid4(), uuid4()
    await _wait_until_compared(routing)  # else the first comparison would find the case too early
    await publish_notes(intake, other, "x")
    await produce(
        installation,
        *(sample_record(case_id, number, "lost in the restore", installation.now()) for number in (1, 2, 3)),
    )
    await wait_until_applied(routing, case_id, *(f"{number}:lost in the restore" for number in (1, 2, 3)))
    await publish_notes(intake, case_id, "another first")
    await installation.stop("routing")
    again = await installation.start(subscriber())

    async def diverged() -> bool:
        return bool(await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id))

    await wait_until(diverged)
    assert not await again.context.database.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", other)
    await publish_notes(intake, case_id, "second", "third", "fourth")  # as many as were lost, and one more
    (item,) = await list_items(again, "diverged")
    shown = (item["case_id"], item["source"], item["applied"], item["source_version"])
    assert shown == (str(case_id), "intake", 3, 1)
    assert (await resume_case(again, other)).status_code == 404
    async with again.app.state.repair.passing:  # a resumed case has to be compared before timers fire
        resumed = await resume_case(again, case_id)
        assert not again.app.state.repair.up_to_date
    assert resumed.json() == {"case_id": str(case_id), "sources": ["intake"]}
    assert await list_items(again, "diverged") == []
    lost = [f"{number}:lost in the restore" for number in (1, 2, 3)]
    await wait_until_applied(again, case_id, *lost, "2:second", "3:third", "4:fourth")


async def test_rule_5_one_command_resumes_all_diverged_cases_of_a_source(pair: SamplePair) -> None:
    installation, _, routing = pair
    await _wait_until_compared(routing)
    cases = [uuid4() for _ in range(3)]
    for case_id in cases:
        await produce(installation, sample_record(case_id, 1, "lost in the restore", installation.now()))
        await wait_until_applied(routing, case_id, "1:lost in the restore")
    await routing.context.database.execute("UPDATE repair_cursor SET identity = '', resets = resets + 1")
    await _wait_until_diverged(routing, 3)
    urls = {name: installation.running[name].url for name in ("routing", "dispatch")}
    assert await resume(urls, SERVICE_KEY, "dispatch", **DECISION) == {"routing": 0, "dispatch": 0}
    assert await resume(urls, SERVICE_KEY, "intake", **DECISION) == {"routing": 3, "dispatch": 0}
    kept = await routing.context.database.fetch("SELECT case_id, resumed_by, reason FROM divergence")
    assert {tuple(row) for row in kept} == {(case_id, *DECISION.values()) for case_id in cases}
    assert not await routing.context.database.fetchval("SELECT count(*) FROM aggregate WHERE diverged")


async def test_rule_5_the_command_that_resumes_all_cases_leaves_the_registry_out(pair: SamplePair) -> None:
    installation, _, routing = pair
    installation.discard_after_use()
    await routing.context.database.execute(
        "INSERT INTO divergence (case_id, source, applied, source_version, source_digest) VALUES ($1, 'registry', 4, 2, 0)",
        REGISTRY_STREAM,
    )
    assert await resume({"routing": routing.url}, SERVICE_KEY, "registry", **DECISION) == {"routing": 0}


async def test_rule_5_a_source_with_lower_transaction_numbers_is_compared_from_the_start(pair: SamplePair) -> None:
    """The source was restored into a new cluster; thousands of cases are diverged."""
    installation, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await installation.stop("routing")
    own, theirs = await _connect(installation, "routing"), intake.context.database
    await own.execute("UPDATE repair_cursor SET since = '9000000000' WHERE source = 'intake'")
    await own.execute(
        "INSERT INTO aggregate (case_id, intake_applied) SELECT gen_random_uuid(), 2 FROM generate_series(1, 2100)"
    )
    ids = [row["case_id"] for row in await own.fetch("SELECT case_id FROM aggregate WHERE intake_applied = 2")]
    await theirs.execute("INSERT INTO aggregate (case_id, version) SELECT unnest($1::uuid[]), 1", ids)
    await installation.start(subscriber())

    async def diverged() -> bool:
        return await own.fetchval("SELECT count(*) FROM aggregate WHERE diverged") == 2100

    await wait_until(diverged)
    assert not await own.fetchval("SELECT diverged FROM aggregate WHERE case_id = $1", case_id)
    await own.close()


async def test_rule_5_a_case_that_a_restored_source_lost_completely_is_diverged(pair: SamplePair) -> None:
    """The source does not list it any more, so the service asks for the cases that it knows."""
    installation, intake, routing = pair
    case_id, kept = uuid4(), uuid4()
    await publish_notes(intake, kept, "a")
    await produce(installation, sample_record(case_id, 1, "lost in the restore", installation.now()))
    await wait_until_applied(routing, kept, "1:a")
    await wait_until_applied(routing, case_id, "1:lost in the restore")
    await installation.stop("routing")
    own = await _connect(installation, "routing")
    await own.execute("UPDATE repair_cursor SET since = '9000000000' WHERE source = 'intake'")
    again = await installation.start(subscriber())
    (item,) = await wait_until(lambda: list_items(again, "diverged"))
    shown = (item["case_id"], item["source"], item["applied"], item["source_version"])
    assert shown == (str(case_id), "intake", 1, 0)
    assert (await resume_case(again, case_id)).status_code == 200
    await publish_notes(intake, case_id, "anew")
    await wait_until_applied(again, case_id, "1:lost in the restore", "1:anew")
    await own.close()
