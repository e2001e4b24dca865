"""The rules of "Nothing lost, nothing twice", each on real parts, each with a test that fails without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from contracts.catalogue import CASES_TOPIC
from contracts.envelope import Envelope
from services.chassis import housekeeping, leases
from services.chassis.service import Service
from tests.support.house import House, Running, client, until
from tests.support.samples import Rows, Told, listener, needed, teller, withdrawn


@pytest.fixture
async def both(house: House) -> AsyncIterator[tuple[House, Running, Running]]:
    """A teller, a listener, and a registry that has published nothing."""
    await house.start_all(
        *(Service(name=name) for name in ("registry", "dispatch", "supervision")), teller(), listener()
    )
    return house, house.running["intake"], house.running["routing"]


async def say(running: Running, case_id: UUID, *notes: str) -> None:
    """Let the teller state these facts about a case, each in a transaction of its own."""
    for note in notes:
        await running.context.cases.run(
            [case_id], lambda cases, note=note: cases[case_id].emit(withdrawn(note)), cause="test"
        )


async def state(running: Running, case_id: UUID) -> Told:
    found = await running.context.database.fetchval("SELECT state::text FROM head WHERE case_id = $1", case_id)
    return Told.model_validate_json(found) if found else Told()


async def until_heard(running: Running, case_id: UUID, *expected: str) -> None:
    async def there() -> bool:
        return (await state(running, case_id)).heard == list(expected)

    await until(there, what=f"{expected}")


async def produce(house: House, *events: tuple[Envelope, bytes]) -> None:
    """Put records on the topic behind the relay's back."""
    producer = AIOKafkaProducer(bootstrap_servers=house.broker.servers, acks="all")
    await producer.start()
    for envelope, body in events:
        await producer.send_and_wait(CASES_TOPIC, body, envelope.key, headers=envelope.to_headers())
    await producer.stop()


def fact(case_id: UUID, sequence: int, note: str, now: Any, **changes: Any) -> tuple[Envelope, bytes]:
    envelope = Envelope(
        **{"case_id": case_id, "source": "intake", "sequence": sequence, "type": "acceptance.case_withdrawn.v1",
           "time": now, **changes}
    )  # fmt: skip
    return envelope, withdrawn(note).to_bytes()


async def test_facts_reach_the_listener_in_order_and_once(both: tuple[House, Running, Running]) -> None:
    _, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "a", "b", "c")
    await until_heard(routing, case_id, "1:a", "2:b", "3:c")


async def test_rule_2_two_writers_of_one_case_get_different_sequences(both: tuple[House, Running, Running]) -> None:
    _, intake, routing = both
    case_id = uuid4()
    await asyncio.gather(*(say(intake, case_id, f"{number}") for number in range(20)))
    rows = await intake.context.database.fetch("SELECT sequence FROM ledger WHERE case_id = $1 ORDER BY id", case_id)
    assert [row["sequence"] for row in rows] == list(range(1, 21))

    async def all_heard() -> bool:
        return len((await state(routing, case_id)).heard) == 20

    await until(all_heard)


async def test_rule_2_cases_are_locked_in_one_order_whoever_names_them(both: tuple[House, Running, Running]) -> None:
    _, intake, _ = both
    first, second = uuid4(), uuid4()

    async def touch(ids: list[UUID]) -> None:
        for _ in range(10):
            await intake.context.cases.run(
                ids, lambda cases: [case.emit(withdrawn()) for case in cases.values()], cause="t"
            )

    await asyncio.gather(touch([first, second]), touch([second, first]))
    rows = await intake.context.database.fetch("SELECT sent FROM head WHERE case_id = ANY($1::uuid[])", [first, second])
    assert [row["sent"] for row in rows] == [20, 20]


async def test_rule_3_the_ledger_refuses_to_be_changed(both: tuple[House, Running, Running]) -> None:
    _, intake, _ = both
    await say(intake, uuid4(), "a")
    for statement in ("UPDATE ledger SET body = ''", "DELETE FROM ledger"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await intake.context.database.execute(statement)


async def test_rule_3_the_chain_proves_the_ledger_and_breaks_when_it_is_forged(
    both: tuple[House, Running, Running],
) -> None:
    _, intake, _ = both
    pool = intake.context.database
    await say(intake, uuid4(), "a", "b", "c")

    async def chained() -> bool:  # a row waits while a transaction of anybody in the cluster could still come before it
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == 3

    await until(chained)
    await pool.execute("ALTER TABLE ledger DISABLE TRIGGER USER")
    await pool.execute("UPDATE ledger SET body = 'forged' WHERE sequence = 2")
    with pytest.raises(ValueError, match="breaks at position 2"):
        await housekeeping.verify_chain(pool)


async def test_rule_3_the_chain_follows_transactions_as_numbers(both: tuple[House, Running, Running]) -> None:
    """99 comes before 100; read as text it would not, and a later row would never be chained."""
    _, intake, _ = both
    pool = intake.context.database
    await pool.execute(
        "INSERT INTO ledger (case_id, sequence, type, time, after, causation_id, traceparent, body, xact)"
        " SELECT gen_random_uuid(), 1, '', now(), '', '', '', '', xact::text::xid8 FROM unnest(ARRAY[100, 99, 101]) xact"
    )

    async def chained() -> bool:
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == 3

    await until(chained)
    rows = await pool.fetch("SELECT chain.xact::text FROM chain ORDER BY position")
    assert [row["xact"] for row in rows] == ["99", "100", "101"]


async def test_rule_3_of_two_relays_one_sends(both: tuple[House, Running, Running]) -> None:
    """A second replica of the teller commits, and the relay that leads sends for both."""
    house, intake, routing = both
    replica = await house.start(teller(), key="intake-2", port=house.ports["console"])
    case_id = uuid4()
    await asyncio.gather(say(intake, case_id, *"abcde"), say(replica, case_id, *"fghij"))

    async def all_heard() -> bool:
        return len((await state(routing, case_id)).heard) == 10

    await until(all_heard)
    relays = [house.running[key].app.state.relay for key in ("intake", "intake-2")]
    assert [relay.leading for relay in relays].count(True) == 1


async def test_rule_5_pages_of_heads_leave_nobody_out(both: tuple[House, Running, Running]) -> None:
    """Paged by the number of a transaction, not by its text: page for page, every case once."""
    _, intake, _ = both
    expected = [str(uuid4()) for _ in range(7)]
    for number, case_id in enumerate(expected):
        await intake.context.database.execute(
            "INSERT INTO head (case_id, sent, moved) VALUES ($1::text::uuid, 1, $2::text::xid8)",
            case_id,
            str(97 + number),
        )
    found: list[str] = []
    async with client(intake) as ask:
        after = ""
        while True:
            page = (await ask.get("/internal/heads", params={"limit": 2, "after": after})).json()
            found += [case_id for case_id, _ in page["heads"]]
            if not (after := page["after"]):
                break
    assert found == expected


async def test_rule_4_an_event_that_comes_twice_counts_once(both: tuple[House, Running, Running]) -> None:
    house, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "a")
    await until_heard(routing, case_id, "1:a")
    again = fact(case_id, 1, "a", house.now())
    await produce(house, again, again, fact(case_id, 2, "b", house.now()))
    await until_heard(routing, case_id, "1:a", "2:b")


async def test_rule_4_a_service_does_not_wait_for_what_it_said_itself(both: tuple[House, Running, Running]) -> None:
    """After a wipe its own log has gaps that nobody repairs, and need not."""
    house, intake, routing = both
    case_id = uuid4()
    own = fact(case_id, 7, "", house.now(), source="routing", type="command.dispatch_withdrawn.v1")
    await produce(house, own, fact(case_id, 1, "a", house.now()))
    await until_heard(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM parked") == 0
    assert intake


async def test_rule_4_an_effect_waits_for_its_cause(both: tuple[House, Running, Running]) -> None:
    """The fact names another source's fact as its cause, which comes later."""
    house, _, routing = both
    case_id = uuid4()
    effect = fact(case_id, 1, "effect", house.now(), after={"dispatch": 1})
    await produce(house, effect, fact(case_id, 2, "later", house.now()))

    async def waits() -> bool:
        return bool(await routing.context.database.fetchval("SELECT parked = 2 FROM head WHERE case_id = $1", case_id))

    await until(waits)
    assert (await state(routing, case_id)).heard == []
    cause = fact(case_id, 1, "", house.now(), source="dispatch", type="command.dispatch_withdrawn.v1")
    await produce(house, cause)
    await until_heard(routing, case_id, "1:effect", "2:later")
    assert await routing.context.database.fetchval("SELECT count(*) FROM parked") == 0


async def test_rule_4_an_unknown_version_waits_and_holds_back_only_its_own_case(
    both: tuple[House, Running, Running],
) -> None:
    house, intake, routing = both
    strange, other = uuid4(), uuid4()
    unknown = fact(strange, 1, "a", house.now(), type="acceptance.case_withdrawn.v9")
    await produce(house, unknown, fact(strange, 2, "b", house.now()), fact(other, 1, "fine", house.now()))
    await until_heard(routing, other, "1:fine")

    async def waits() -> bool:
        return bool(await routing.context.database.fetchval("SELECT count(*) = 2 FROM parked"))

    await until(waits)
    assert (await state(routing, strange)).heard == []
    assert intake


async def test_rule_4_a_zombie_reader_cannot_move_the_mark(both: tuple[House, Running, Running]) -> None:
    """A reader slept through its lease; another has read on. What the sleeper then tries to apply rolls back."""
    _, intake, routing = both
    await say(intake, uuid4(), "a")
    pool = routing.context.database

    async def moved() -> Any:
        return await pool.fetchrow("SELECT * FROM partition WHERE next_offset > 0")

    row = await until(moved)
    mark = leases.Mark(row["topic"], row["partition"], row["log_id"], row["next_offset"])
    earlier = replace(mark, next_offset=mark.next_offset - 1)
    async with pool.acquire() as connection:
        for holder, before in (("somebody else", mark), (row["holder"], earlier)):
            with pytest.raises(leases.LeaseLost):
                async with connection.transaction():
                    await leases.move(connection, holder, [(before, replace(before, next_offset=mark.next_offset + 1))])
    assert (await moved())["next_offset"] == mark.next_offset


async def test_rule_5_a_lost_tail_is_repaired_from_the_source(both: tuple[House, Running, Running]) -> None:
    """The broker never gets these events: they are forgotten as if it had acknowledged and then lost them."""
    _, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "a")
    await until_heard(routing, case_id, "1:a")

    def state_and_lose(cases: Any) -> None:
        cases[case_id].emit(withdrawn("lost"))

    async def lose(connection: Any, _: None) -> None:
        await connection.execute("DELETE FROM unsent")

    await intake.context.cases.run([case_id], state_and_lose, cause="t", last=lose)
    await say(intake, case_id, "c")
    await until_heard(routing, case_id, "1:a", "2:lost", "3:c")


async def test_rule_5_a_wiped_broker_loses_nothing(both: tuple[House, Running, Running]) -> None:
    house, intake, routing = both
    cases = [uuid4() for _ in range(10)]
    for case_id in cases:
        await say(intake, case_id, "before")
    await until_heard(routing, cases[-1], "1:before")
    await house.broker.wipe()
    for case_id in cases:
        await say(intake, case_id, "after")
    for case_id in cases:
        await until_heard(routing, case_id, "1:before", "2:after")


async def test_rule_5_a_new_reader_gets_what_the_broker_never_kept(both: tuple[House, Running, Running]) -> None:
    """A wiped broker and an empty database: everything comes from the ledgers."""
    house, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "a", "b")
    await until_heard(routing, case_id, "1:a", "2:b")
    await house.stop("routing")
    del house.databases["routing"]
    await house.broker.wipe()
    again = await house.start(listener())
    await until_heard(again, case_id, "1:a", "2:b")


async def test_rule_5_a_reader_ahead_of_its_source_stops_that_case(both: tuple[House, Running, Running]) -> None:
    """The source was restored from an old backup and says other things under numbers that were used before."""
    house, intake, routing = both
    case_id, other = uuid4(), uuid4()
    await say(intake, other, "x")
    await produce(house, *(fact(case_id, number, "from a lost future", house.now()) for number in (1, 2, 3)))
    await until_heard(routing, case_id, *(f"{number}:from a lost future" for number in (1, 2, 3)))
    await say(intake, case_id, "another past")
    await house.stop("routing")
    again = await house.start(listener())

    async def stopped() -> bool:
        return bool(await again.context.database.fetchval("SELECT stopped FROM head WHERE case_id = $1", case_id))

    await until(stopped)
    assert not await again.context.database.fetchval("SELECT stopped FROM head WHERE case_id = $1", other)


async def test_rule_6_poison_is_buried_and_everything_else_flows(both: tuple[House, Running, Running]) -> None:
    _, intake, routing = both
    sick, well = uuid4(), uuid4()
    await say(intake, sick, "a", "poison", "c")
    await say(intake, well, "a")
    await until_heard(routing, well, "1:a")
    await until_heard(routing, sick, "1:a")
    async with client(routing) as http:

        async def buried() -> Any:
            return (await http.get("/internal/dead")).json()["items"]

        (grave,) = await until(buried)
        assert grave["case_id"] == str(sick)
        assert grave["sequence"] == 2
        assert "stomach" in grave["error"]
        answer = await http.post(f"/internal/dead/{grave['id']}/skip", json={"by": "test", "reason": "known bad"})
        assert answer.status_code == 200
        await until_heard(routing, sick, "1:a", "3:c")
        assert await buried() == []


async def test_rule_6_a_retry_after_an_upgrade_applies_it(both: tuple[House, Running, Running]) -> None:
    house, intake, _routing = both
    case_id = uuid4()
    await say(intake, case_id, "poison", "b")

    async def buried() -> Any:
        async with client(house.running["routing"]) as http:
            return (await http.get("/internal/dead")).json()["items"]

    (grave,) = await until(buried)
    await house.stop("routing")
    events = {type(withdrawn()): lambda case, event, meta: case.state.heard.append(f"{meta.sequence}:{event.note}")}
    upgraded = await house.start(listener(events=events))
    async with client(upgraded) as http:
        answer = await http.post(f"/internal/dead/{grave['id']}/retry", json={"by": "test", "reason": "mended"})
        assert answer.status_code == 200
    await until_heard(upgraded, case_id, "1:poison", "2:b")


async def test_rule_6_the_database_is_never_blamed_on_an_event(both: tuple[House, Running, Running]) -> None:
    """The connections are cut under load: batches are tried again, nothing is buried."""
    house, intake, routing = both
    cases = [uuid4() for _ in range(30)]
    admin = await asyncpg.connect(house.postgres.cluster.url())

    async def cut() -> None:
        for _ in range(5):
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                house.databases["routing"].rpartition("/")[2],
            )
            await asyncio.sleep(0.05)

    async def load() -> None:
        for case_id in cases:
            await say(intake, case_id, "a")

    await asyncio.gather(cut(), load())
    await admin.close()
    for case_id in cases:
        await until_heard(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead") == 0


async def test_rule_7_a_timer_fires_once(both: tuple[House, Running, Running]) -> None:
    _, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "timer")

    async def fired() -> bool:
        return bool((await state(routing, case_id)).fired)

    await until(fired)
    assert len((await state(routing, case_id)).fired) == 1
    assert await routing.context.database.fetchval("SELECT count(*) FROM timer") == 0


async def test_rule_7_no_timer_fires_while_the_others_cannot_be_heard(both: tuple[House, Running, Running]) -> None:
    """A timer is due, but the source that may have stopped its clock has been silent since we started."""
    house, intake, routing = both
    case_id = uuid4()
    await say(intake, case_id, "a")
    await until_heard(routing, case_id, "1:a")
    await house.stop("routing")
    await house.stop("intake")
    again = await house.start(listener())
    await again.context.cases.run([case_id], lambda cases: cases[case_id].set_timer("ring:2", house.now()), cause="t")

    async def tried_to_repair() -> bool:
        return not again.app.state.checks["caught_up"]()

    await until(tried_to_repair)
    await asyncio.sleep(0.5)  # five looks of the timers
    assert (await state(again, case_id)).fired == []
    await house.start(teller())

    async def fired() -> bool:
        return bool((await state(again, case_id)).fired)

    await until(fired)


async def test_rule_1_a_key_gets_its_first_answer_again(both: tuple[House, Running, Running]) -> None:
    _, intake, _ = both
    case_id = uuid4()
    async with client(intake) as http:
        request = {"url": f"/api/intake/tell/{case_id}", "json": {"note": "a"}, "headers": {"Idempotency-Key": "k1"}}
        request["headers"] = {"Idempotency-Key": "k1", "Authorization": ""}
        first, second = await http.post(**request), await http.post(**request)
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert second.headers["idempotency-replayed"] == "true"
        other = await http.post(**{**request, "json": {"note": "b"}})
        assert other.status_code == 409
        assert other.json()["type"] == "/problems/key-reused"
    assert await intake.context.database.fetchval("SELECT sent FROM head WHERE case_id = $1", case_id) == 1


async def test_rule_1_two_at_once_have_one_effect_and_one_answer(both: tuple[House, Running, Running]) -> None:
    _, intake, _ = both
    case_id = uuid4()
    async with client(intake) as http:
        answers = await asyncio.gather(
            *(
                http.post(f"/api/intake/tell/{case_id}", json={"note": "a"},
                          headers={"Idempotency-Key": "same", "Authorization": ""})
                for _ in range(8)
            )
        )  # fmt: skip
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await intake.context.database.fetchval("SELECT sent FROM head WHERE case_id = $1", case_id) == 1


async def test_rule_1_a_decided_refusal_is_remembered_and_changes_nothing(both: tuple[House, Running, Running]) -> None:
    _, intake, _ = both
    case_id = uuid4()
    async with client(intake) as http:
        headers = {"Idempotency-Key": "r", "Authorization": "", "Accept-Language": "en"}
        answers = [
            await http.post(f"/api/intake/tell/{case_id}", json={"note": "refuse"}, headers=headers) for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["title"] == "Not found: refused. Check the number."
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert await intake.context.database.fetchval("SELECT count(*) FROM head WHERE case_id = $1", case_id) == 0


async def test_derived_rows_and_events_commit_together(house: House) -> None:
    """Where the derived rows cannot be written, no event is told and no state is kept."""
    for name in ("registry", "routing", "dispatch", "supervision"):
        await house.start(Service(name=name))
    intake = await house.start(teller(store=Rows()))
    case_id = uuid4()
    with pytest.raises(asyncpg.UndefinedTableError):
        await say(intake, case_id, "a")
    pool = intake.context.database
    assert await pool.fetchval("SELECT count(*) FROM ledger") == 0
    await pool.execute("CREATE TABLE heard (case_id uuid PRIMARY KEY, count int)")
    await say(intake, case_id, "a")
    assert await pool.fetchval("SELECT count(*) FROM ledger") == 1


async def test_only_the_owner_of_a_fact_may_state_it(both: tuple[House, Running, Running]) -> None:
    _, intake, _ = both
    with pytest.raises(ValueError, match="routing owns it"):
        await intake.context.cases.run(
            [case_id := uuid4()], lambda cases: cases[case_id].emit(needed(cases[case_id])), cause="t"
        )
