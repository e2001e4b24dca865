"""The rules of "Nothing lost, nothing twice", each on real parts, each with a test that fails without it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.catalogue import CASES_TOPIC
from contracts.common import Place
from contracts.events.discovery import ReportReceived
from services.chassis import housekeeping, leases, telemetry
from services.chassis.service import Service
from tests.support.installation import Installation, RunningService, service_client, wait_until
from tests.support.sample_events import produce, publish, sample_record, sample_state, wait_until_applied
from tests.support.sample_services import ACTOR, Rows, needed, publisher, withdrawn
from tests.support.shared_installations import SharedInstallations
from tests.unit.dispatch.kit import GRID, filed


async def test_facts_reach_the_listener_in_order_and_once(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a", "b", "c")
    await wait_until_applied(routing, case_id, "1:a", "2:b", "3:c")


async def test_rule_2_two_writers_of_one_case_get_different_sequences(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, routing = both
    case_id = uuid4()
    await asyncio.gather(*(publish(intake, case_id, f"{number}") for number in range(20)))
    rows = await intake.context.database.fetch(
        "SELECT sequence FROM event_store WHERE case_id = $1 ORDER BY id", case_id
    )
    assert [row["sequence"] for row in rows] == list(range(1, 21))

    async def all_heard() -> bool:
        return len((await sample_state(routing, case_id)).heard) == 20

    await wait_until(all_heard)


async def test_rule_2_cases_are_locked_in_one_order_whoever_names_them(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    first, second = uuid4(), uuid4()

    async def touch(ids: list[UUID]) -> None:
        for _ in range(10):
            await intake.context.cases.run(
                ids, lambda cases: [case.emit(withdrawn()) for case in cases.values()], cause="t"
            )

    await asyncio.gather(touch([first, second]), touch([second, first]))
    rows = await intake.context.database.fetch(
        "SELECT version FROM aggregate WHERE case_id = ANY($1::uuid[])", [first, second]
    )
    assert [row["version"] for row in rows] == [20, 20]


async def test_rule_3_the_ledger_refuses_to_be_changed(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    await publish(intake, uuid4(), "a")
    for statement in ("UPDATE event_store SET body = ''", "DELETE FROM event_store"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await intake.context.database.execute(statement)


async def test_rule_3_the_chain_proves_the_ledger_and_breaks_when_it_is_forged(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, _ = both
    installation.discard_after_use()
    pool = intake.context.database
    await publish(intake, uuid4(), "a", "b", "c")

    async def chained() -> bool:  # a row waits while a transaction of anybody in the cluster could still come before it
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == 3

    await wait_until(chained)
    async with service_client(intake) as operator:
        head = (await operator.get("/internal/event-store")).json()
        assert head == (await operator.get("/internal/event-store", params={"position": 3})).json()
        assert (head["position"], len(head["hash"])) == (3, 64)
        assert (await operator.post("/internal/event-store/verify")).json() == {"whole": True, "length": 3}
        await pool.execute("ALTER TABLE event_store DISABLE TRIGGER USER")
        await pool.execute("UPDATE event_store SET body = 'forged' WHERE sequence = 2")
        with pytest.raises(ValueError, match="breaks at position 2"):
            await housekeeping.verify_chain(pool)
        found = (await operator.post("/internal/event-store/verify")).json()
        assert found == {"whole": False, "error": "the chain breaks at position 2"}


async def test_rule_3_what_turns_out_confidential_leaves_the_ledger_and_the_chain_still_proves_it(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """When, by whom and that something was said stays proven; what may stand in its place is proven, too."""
    installation, intake, _ = both
    installation.discard_after_use()
    pool, case_id = intake.context.database, uuid4()
    now = intake.context.clock.now()
    report = ReportReceived(
        report_id=case_id,
        case_number="LJ-20261123-000001",
        channel="hotline",
        description="楼上总有异响",
        occurred_at=now,
        reported_at=now,
        registered_at=now,
        reported_by=ACTOR,
        place=Place(grid_code=GRID, longitude=118.2, latitude=37.5),
    )

    async def chained(count: int) -> bool:
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == count

    await intake.context.cases.run([case_id], lambda cases: cases[case_id].emit(report), cause="t")
    await wait_until(lambda: chained(1))
    filing = filed(confidential=True).redacted()  # intake files such a case with nothing in it
    await intake.context.cases.run([case_id], lambda cases: cases[case_id].emit(filing), cause="t")
    await wait_until(lambda: chained(3), what="report, filing, and what was sealed")
    bodies = [row["body"] for row in await pool.fetch("SELECT body FROM event_store ORDER BY id")]
    assert "异响".encode() not in b"".join(bodies)
    assert ReportReceived.parse(bodies[0]).place == Place(grid_code=GRID[:12])
    await publish(intake, uuid4(), "a")
    await wait_until(lambda: chained(4), what="the chain to go on")
    for statement in (
        "UPDATE event_store SET body = 'x' WHERE sequence = 1",
        "UPDATE redaction SET redacted_sha256 = 'x'",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await pool.execute(statement)
    await pool.execute("ALTER TABLE event_store DISABLE TRIGGER USER")
    await pool.execute("UPDATE event_store SET body = 'forged' WHERE case_id = $1 AND sequence = 1", case_id)
    with pytest.raises(ValueError, match="breaks at position 1"):
        await housekeeping.verify_chain(pool)


async def test_rule_3_the_chain_follows_transactions_as_numbers(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """99 comes before 100; read as text it would not, and a later row would never be chained."""
    _, intake, _ = both
    pool = intake.context.database
    await pool.execute(
        "INSERT INTO event_store (case_id, sequence, type, time, dependencies, causation_id, traceparent, body, xact)"
        " SELECT gen_random_uuid(), 1, '', now(), '', '', '', '', xact::text::xid8 FROM unnest(ARRAY[100, 99, 101]) xact"
    )

    async def chained() -> bool:
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == 3

    await wait_until(chained)
    rows = await pool.fetch("SELECT hash_chain.xact::text FROM hash_chain ORDER BY position")
    assert [row["xact"] for row in rows] == ["99", "100", "101"]


async def test_rule_3_the_chain_goes_on_in_a_cluster_that_counts_its_transactions_anew(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """A dump restored elsewhere: rows of the old cluster look as if they were from the future."""
    installation, intake, _ = both
    installation.discard_after_use()
    pool = intake.context.database

    async def chained(count: int) -> bool:
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == count

    await publish(intake, uuid4(), "a", "b")
    await wait_until(lambda: chained(2))
    await pool.execute("ALTER TABLE event_store DISABLE TRIGGER USER")
    later = "(xact::text::bigint + 1000000000)::text::xid8"
    await pool.execute(f"UPDATE event_store SET xact = {later}")
    await pool.execute(f"UPDATE hash_chain SET xact = {later}")
    await pool.execute(
        "INSERT INTO event_store (case_id, sequence, type, time, dependencies, causation_id, traceparent, body, xact)"
        " SELECT gen_random_uuid(), 1, 'brought unchained', now(), '', '', '', '', max(xact) FROM event_store"
    )
    await pool.execute("ALTER TABLE event_store ENABLE TRIGGER USER")
    await publish(intake, uuid4(), "c")
    await wait_until(lambda: chained(4))
    await publish(intake, uuid4(), "d")
    await wait_until(lambda: chained(5))
    types = [
        row["type"]
        for row in await pool.fetch(
            "SELECT type FROM hash_chain JOIN event_store ON event_store.id = event_id ORDER BY position"
        )
    ]
    assert types.index("brought unchained") == 2


async def test_rule_3_of_two_relays_one_sends(both: tuple[Installation, RunningService, RunningService]) -> None:
    """A second replica of the teller commits, and the relay that leads sends for both."""
    installation, intake, routing = both
    replica = await installation.start(publisher(), key="intake-2", port=installation.ports["console"])
    case_id = uuid4()
    await asyncio.gather(publish(intake, case_id, *"abcde"), publish(replica, case_id, *"fghij"))

    async def all_heard() -> bool:
        return len((await sample_state(routing, case_id)).heard) == 10

    await wait_until(all_heard)
    relays = [installation.running[key].app.state.relay for key in ("intake", "intake-2")]

    async def one_leads() -> bool:  # repair may have been quicker than the election
        return any(relay.leading for relay in relays)

    await wait_until(one_leads)
    assert [relay.leading for relay in relays].count(True) == 1


async def test_rule_4_an_event_that_comes_twice_counts_once(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    again = sample_record(case_id, 1, "a", installation.now())
    await produce(installation, again, again, sample_record(case_id, 2, "b", installation.now()))
    await wait_until_applied(routing, case_id, "1:a", "2:b")


async def test_rule_4_a_service_does_not_wait_for_what_it_said_itself(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """After a wipe its own log has gaps that nobody repairs, and need not."""
    installation, intake, routing = both
    case_id = uuid4()
    own = sample_record(case_id, 7, "", installation.now(), source="routing", type="command.dispatch_withdrawn.v1")
    await produce(installation, own, sample_record(case_id, 1, "a", installation.now()))
    await wait_until_applied(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM deferred_event") == 0
    assert intake


async def test_rule_4_the_brokers_lag_tools_see_how_far_we_have_read(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """As the offsets of a group with the service's name. Nothing of ours reads them."""
    installation, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    read = "SELECT partition, next_offset FROM partition_lease WHERE topic = $1 AND next_offset > 0"
    tool = AIOKafkaConsumer(
        **installation.broker.connection().arguments(), group_id="gridloop-routing", enable_auto_commit=False
    )
    await tool.start()

    async def published() -> bool:
        rows = await routing.context.database.fetch(
            read, CASES_TOPIC
        )  # anew: what a test before said may still be read
        told = [await tool.committed(TopicPartition(CASES_TOPIC, row["partition"])) for row in rows]
        return bool(rows) and told == [row["next_offset"] for row in rows]

    await wait_until(published)
    await tool.stop()


async def test_rule_4_an_effect_waits_for_its_cause(both: tuple[Installation, RunningService, RunningService]) -> None:
    """The fact names another source's fact as its cause, which comes later."""
    installation, _, routing = both
    case_id = uuid4()
    effect = sample_record(case_id, 1, "effect", installation.now(), dependencies={"dispatch": 1})
    await produce(installation, effect, sample_record(case_id, 2, "later", installation.now()))

    async def waits() -> bool:
        return bool(
            await routing.context.database.fetchval("SELECT deferred = 2 FROM aggregate WHERE case_id = $1", case_id)
        )

    await wait_until(waits)
    assert (await sample_state(routing, case_id)).heard == []
    cause = sample_record(case_id, 1, "", installation.now(), source="dispatch", type="command.dispatch_withdrawn.v1")
    await produce(installation, cause)
    await wait_until_applied(routing, case_id, "1:effect", "2:later")
    assert await routing.context.database.fetchval("SELECT count(*) FROM deferred_event") == 0


async def test_rule_4_an_unknown_version_waits_and_holds_back_only_its_own_case(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, routing = both
    strange, other = uuid4(), uuid4()
    unknown = sample_record(strange, 1, "a", installation.now(), type="acceptance.case_withdrawn.v9")
    await produce(
        installation,
        unknown,
        sample_record(strange, 2, "b", installation.now()),
        sample_record(other, 1, "fine", installation.now()),
    )
    await wait_until_applied(routing, other, "1:fine")

    async def waits() -> bool:
        return bool(await routing.context.database.fetchval("SELECT count(*) = 2 FROM deferred_event"))

    await wait_until(waits)
    assert (await sample_state(routing, strange)).heard == []
    assert intake


async def test_rule_4_a_zombie_reader_cannot_move_the_mark(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """A reader slept through its lease; another has read on. What the sleeper then tries to apply rolls back."""
    _, intake, routing = both
    await publish(intake, uuid4(), "a")
    pool = routing.context.database
    read = (
        "SELECT * FROM partition_lease WHERE next_offset > 0 AND holder IS NOT NULL ORDER BY topic, partition LIMIT 1"
    )

    async def moved() -> bool:
        return await pool.fetchrow(read) is not None

    await wait_until(moved)
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(f"{read} FOR UPDATE")  # its reader reads on only after this
        mark = leases.PartitionOffset(row["topic"], row["partition"], row["log_id"], row["next_offset"])
        earlier = replace(mark, next_offset=mark.next_offset - 1)
        for holder, before in (("somebody else", mark), (row["holder"], earlier)):
            with pytest.raises(leases.LeaseLost):
                async with connection.transaction():
                    await leases.advance(
                        connection, holder, [(before, replace(before, next_offset=mark.next_offset + 1))]
                    )
        assert await connection.fetchrow(read) == row


async def test_rule_4_a_log_that_begins_is_no_other_log(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Its first records are read once, and nobody is alarmed: the broker may stamp a record otherwise than it says."""
    _, intake, routing = both
    pool, alarms = routing.context.database, telemetry.LOG_CHANGES._value.get()
    cases = [uuid4() for _ in range(8)]
    for case_id in cases:
        await publish(intake, case_id, "a")
    for case_id in cases:
        await wait_until_applied(routing, case_id, "1:a")

    async def looked_again() -> bool:
        """Every partition that was read was at its end in two looks after that."""
        rows = await pool.fetch("SELECT ended_at > $1 AS later FROM partition_lease WHERE next_offset > 0", heard_at)
        return bool(rows) and all(row["later"] for row in rows)

    for _ in range(2):
        heard_at = await pool.fetchval("SELECT now()")
        await wait_until(looked_again)
    assert telemetry.LOG_CHANGES._value.get() == alarms


async def test_rule_1_a_key_gets_its_first_answer_again(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    case_id = uuid4()
    async with service_client(intake) as http:
        headers = {"Idempotency-Key": str(uuid4()), "Authorization": ""}
        request = {"url": f"/api/intake/tell/{case_id}", "json": {"note": "a"}, "headers": headers}
        first, second = await http.post(**request), await http.post(**request)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert await intake.context.database.fetchval("SELECT version FROM aggregate WHERE case_id = $1", case_id) == 1


async def test_rule_1_two_at_once_have_one_effect_and_one_answer(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    case_id, headers = uuid4(), {"Idempotency-Key": str(uuid4()), "Authorization": ""}
    async with service_client(intake) as http:
        answers = await asyncio.gather(
            *(http.post(f"/api/intake/tell/{case_id}", json={"note": "a"}, headers=headers) for _ in range(8))
        )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await intake.context.database.fetchval("SELECT version FROM aggregate WHERE case_id = $1", case_id) == 1


async def test_rule_1_a_refusal_does_not_use_up_its_key(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    case_id, url = uuid4(), "/api/intake/tell/{}"
    headers = {"Idempotency-Key": str(uuid4()), "Authorization": "", "Accept-Language": "en"}
    async with service_client(intake) as http:
        request = {"url": url.format(case_id), "json": {"note": "not first"}, "headers": headers}
        refused = await http.post(**request)
        await http.post(url.format(case_id), json={"note": "a"}, headers={"Authorization": ""})
        done, again = await http.post(**request), await http.post(**request)
    assert (refused.status_code, refused.json()["title"]) == (404, "Not found: refused. Check the number.")
    assert (done.status_code, done.json()["sequence"]) == (202, 2)
    assert (again.content, again.headers["idempotency-replayed"]) == (done.content, "true")


async def test_anonymous_callers_neither_read_nor_refuse_each_other_by_a_key(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    case_id, headers = uuid4(), {"Idempotency-Key": str(uuid4()), "Authorization": ""}
    async with service_client(intake) as http:
        url = f"/api/intake/tell/{case_id}"
        first = await http.post(url, json={"note": "a"}, headers=headers)
        other = await http.post(url, json={"note": "b"}, headers=headers)
        guessed = await http.post(url, json={"note": "a"}, headers=headers | {"Idempotency-Key": "1"})
    assert (first.status_code, other.status_code) == (202, 202)
    assert "idempotency-replayed" not in other.headers
    assert first.json()["answer"] != other.json()["answer"]
    assert (guessed.status_code, guessed.json()["type"]) == (422, "/problems/key-too-short")


async def test_derived_rows_and_events_commit_together(shared_installations: SharedInstallations) -> None:
    """Where the derived rows cannot be written, no event is told and no state is kept."""
    installation = await shared_installations.get("with rows")
    for name in ("registry", "routing", "dispatch", "supervision"):
        await installation.start(Service(name=name))
    intake = await installation.start(publisher(create_store=lambda _: Rows()))
    case_id = uuid4()
    with pytest.raises(asyncpg.UndefinedTableError):
        await publish(intake, case_id, "a")
    pool = intake.context.database
    assert await pool.fetchval("SELECT count(*) FROM event_store") == 0
    await pool.execute("CREATE TABLE heard (case_id uuid PRIMARY KEY, count int)")
    await publish(intake, case_id, "a")
    assert await pool.fetchval("SELECT count(*) FROM event_store") == 1


async def test_only_the_owner_of_a_fact_may_state_it(both: tuple[Installation, RunningService, RunningService]) -> None:
    _, intake, _ = both
    with pytest.raises(ValueError, match="routing owns it"):
        await intake.context.cases.run(
            [case_id := uuid4()], lambda cases: cases[case_id].emit(needed(cases[case_id])), cause="t"
        )
