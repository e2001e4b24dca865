"""ADR 0016: what turns out confidential after it was handled in the open stands in clear in no table of any service."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.base import Event, StoredDocument
from contracts.envelope import Envelope
from contracts.events.acceptance import Milestone
from contracts.events.command import Assignment, CaseRouted
from contracts.events.supervision import UnitUrged
from services.chassis import http_client
from services.chassis.cases import IncomingEvent
from services.dispatch.app import SERVICE as DISPATCH
from services.dispatch.domain.delivery.signatures import SCHEMES, KeyPair
from services.dispatch.store import endpoints
from services.intake.app import compose as intake
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.supervision.commands.recount import Recount, Result
from services.supervision.domain.roster import digests, shift_handover
from services.supervision.store import papers, watched
from services.tracking.app import SERVICE as TRACKING
from tests.support.house import SERVICE_KEY, House, until
from tests.support.intake import Desk, at
from tests.support.lijin import open_lijin, token
from tests.support.loop import orders, supervised
from tests.support.newer import pass_through
from tests.support.receivers import Got, Receiver, answer, receiver
from tests.support.telling import produce
from tests.support.webhooks import VAULT
from tests.unit.supervision.town import DESK as SOMEBODY

ANOMALY = "LOCAL-370522/matter/15001"
COMMUNITY, GRID = "370522001003", "370522001003005"
STATES: dict[str, type[StoredDocument]] = {
    each.name: each.state for each in (intake(), ROUTING, DISPATCH, SUPERVISION, TRACKING)
}  # fmt: skip
_TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_BYTES = re.compile(r"\\{1,2}x([0-9a-f]*)")


@dataclass
class Town:
    """All services that keep anything; and what has been said about one case, and where that is."""

    desk: Desk
    said: list[str] = field(default_factory=list[str])
    places: list[str] = field(default_factory=list[str])

    def word(self, who: str) -> str:
        """Words of somebody that nobody has said before."""
        self.said.append(f"zeuge{len(self.said):02}{who}")
        return f"{self.said[-1]} 楼上"

    async def ask(self, service: str, path: str, who: str = "dispatcher", **body: Any) -> httpx.Response:
        """A command, under a key of its own, so that its answer is stored."""
        headers = {"authorization": f"Bearer {await token(self.desk.house, who)}", "idempotency-key": str(uuid4())}
        url = self.desk.house.running[service].url
        async with http_client.create_client(base_url=url, headers=headers, timeout=30) as web:
            answered = await web.post(f"/api/{service}/{path}", json=body)
        assert answered.status_code < 300, f"{path}: {answered.text}"
        return answered

    async def clear(self, case: dict[str, Any]) -> dict[str, set[str]]:
        """Service and table → what stands there in clear: words anywhere, places in rows that name the case or an order of it."""
        pools = {name: each.context.database for name, each in self.desk.house.running.items()}
        about = {case["case_id"], case["case_number"]}
        rows = await pools["dispatch"].fetch("SELECT id FROM dispatch WHERE case_id = $1", UUID(case["case_id"]))
        about |= {str(row["id"]) for row in rows}
        found: dict[str, set[str]] = {}
        for name, pool in pools.items():
            for table in [row["relname"] for row in await pool.fetch(_TABLES)]:
                for row in await pool.fetch(f"SELECT t::text AS t FROM {table} AS t"):
                    text = _BYTES.sub(lambda hexed: bytes.fromhex(hexed[1]).decode(errors="replace"), row["t"])
                    clear = {word for word in self.said if word in text}
                    if any(mark in text for mark in about):
                        clear |= {place for place in self.places if place in text}
                    if clear:
                        found.setdefault(f"{name}.{table}", set()).update(clear)
        return found

    async def gone(self, case: dict[str, Any]) -> None:
        """Wait until everybody has heard that it is confidential."""

        async def nowhere() -> bool:
            left.clear()
            left.update(await self.clear(case))
            return not left

        left: dict[str, set[str]] = {}
        try:
            await until(nowhere, what="nothing to be left in clear")
        except AssertionError:
            raise AssertionError(f"in clear: {left}") from None

    async def endpoint(self, there: Receiver) -> None:
        """Where the sanitation's messages go; what it answers is kept with each try."""
        row = {
            "id": uuid4(), "unit_id": "sanitation", "url": there.url, "description": "", "events": None, "max_in_flight": 4, "kind": "unit",
            "format": "json", "takes_exercises": False, "signatures": SCHEMES, "created_at": datetime.now(UTC), "created_by": "test",
        }  # fmt: skip
        pool = self.desk.house.running["dispatch"].context.database
        async with pool.acquire() as connection:
            await endpoints.add_endpoint(connection, row, KeyPair.new(), VAULT)
            await connection.execute("DELETE FROM delivery")
            await connection.execute("UPDATE endpoint SET state = 'verified', verified_at = now()")


async def repeats(got: Got, *streams: Any) -> None:
    """A receiver that answers with what it was sent."""
    await answer(body=got.body)(got, *streams)


@pytest.fixture
async def town(kept: House) -> AsyncIterator[Town]:
    await open_lijin(kept, intake(), ROUTING, DISPATCH, SUPERVISION, TRACKING)
    desk = Desk(kept, kept.running["intake"])
    yield Town(desk)
    await desk.close()


async def reported(town: Town) -> dict[str, Any]:
    """An officer's case with the sanitation: its receipt."""
    spot = {name: value if name == "crs" else round(value, 6) for name, value in at(GRID).items()}
    town.places += [GRID, str(spot["longitude"]), str(spot["latitude"])]
    case = await town.desk.filed(
        description=town.word("report"), address=town.word("address"), location=spot,
        reporter={"name": "王某", "phone": "13800000000", "feedback_wanted": True, "contact_consent": True},
        headers={"idempotency-key": str(uuid4())},
    )  # fmt: skip
    await orders(town.desk, case, [("sanitation", "awaiting_signature")])
    return case


async def papers_about(town: Town, case: dict[str, Any]) -> None:
    """A handover sheet and a digest that name the case."""
    await supervised(town.desk, case, "handling")
    context = town.desk.house.running["supervision"].context
    pool, now, district = context.database, context.clock.now(), context.district
    centre = district.centre_for(GRID)
    sheet = shift_handover.write(district, centre.id, now, await watched.open_cases(pool, centre.areas))
    today, tomorrow = now.date(), now.date() + timedelta(days=1)
    cases = await watched.of_community(pool, COMMUNITY, now - timedelta(days=7), now + timedelta(days=2))
    digest = digests.write(district, "week", COMMUNITY, (today - timedelta(days=6), tomorrow), cases, (0, 0))
    assert case["case_number"] in {each.case_number for each in sheet.cases}
    assert case["case_number"] in {each.case_number for each in digest.oldest}
    async with pool.acquire() as connection:
        await papers.keep_sheet(connection, sheet, now)
        await papers.keep_digest(connection, digest, now)


async def refiled(town: Town, case: dict[str, Any]) -> None:
    """The unit gives it back, and the desk finds that it is confidential."""
    (order,) = [each for each in await every_order(town, case) if each["unit_id"] == "sanitation"]
    path = f"dispatches/{order['dispatch_id']}"
    await town.ask("dispatch", f"{path}/request-return", reason="conditions_missing", note=town.word("return"))
    await town.ask("dispatch", f"{path}/accept-return", note=town.word("accept"))
    await town.desk.until(case, "awaiting_filing")
    assert await town.clear(case), "in the open it stands in clear"
    await town.ask("intake", f"cases/{case['case_id']}/file", "shift_lead", category_id=ANOMALY)


async def recounted(house: House) -> Result:
    """Every figure again from the ledgers as they are now."""
    urls = {name: each.url for name, each in house.running.items()}
    headers = {"authorization": f"Bearer {SERVICE_KEY}", "content-type": "application/json"}
    async with http_client.create_client(headers=headers, timeout=30) as web:
        return await Recount(house.running["supervision"].context.database, web, urls).run()


async def every_order(town: Town, case: dict[str, Any]) -> list[dict[str, Any]]:
    bearer = {"authorization": f"Bearer {await token(town.desk.house, 'dispatcher')}"}
    async with http_client.create_client(base_url=town.desk.house.running["dispatch"].url, headers=bearer) as web:
        found = await web.get("/api/dispatch/dispatches", params={"case_id": case["case_id"]})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_refiled_as_confidential_it_is_left_in_clear_in_no_table_of_any_service(town: Town) -> None:
    """Words of everybody who may have written about it, its place, what units were sent and answered, papers and stored answers."""
    async with receiver(repeats) as there:
        await town.endpoint(there)
        case = await reported(town)
        (order,) = await every_order(town, case)
        path, about = f"dispatches/{order['dispatch_id']}", f"cases/{case['case_id']}"
        phoned = {"by_phone": {"contact": "值班室", "at": datetime.now(UTC).isoformat()}}
        await town.ask("dispatch", f"{path}/sign", **phoned)
        await supervised(town.desk, case, "handling")
        await papers_about(town, case)
        call = await town.ask("intake", "calls", "intake_clerk", phone="13800000000")
        end = {"result": "information_added", "note": town.word("call"), "case_number": case["case_number"]}
        await town.ask("intake", f"calls/{call.json()['id']}/end", "intake_clerk", **end)
        await town.ask("intake", f"reports/{case['case_id']}/additions", "intake_clerk", text=town.word("addition"))
        await town.ask("routing", f"{about}/handover", unit_id="fire", asked=town.word("handover"))
        await town.ask("dispatch", f"{path}/progress", note=town.word("progress"))
        await town.ask("supervision", f"{about}/urge", text=town.word("urge"))
        await town.ask("supervision", f"{about}/order", "shift_lead", text=town.word("order"))
        await town.ask("dispatch", f"{path}/request-extension", note=town.word("extension"))
        pool = town.desk.house.running["dispatch"].context.database

        async def told() -> bool:
            kept = await pool.fetch("SELECT response FROM attempt")
            capped = await pool.fetchval("SELECT count(*) FROM message WHERE format = 'cap'")
            return capped > 0 and any(word in row["response"] for row in kept for word in town.said)

        await until(told, what="messages, also as CAP, and the answers of their receiver")
        for name, running in town.desk.house.running.items():
            if name in STATES:
                objects = await pass_through(running.context, UUID(case["case_id"]), STATES[name], town.word("newer"))
                assert objects > 1, "a document in which objects are nested"
        await refiled(town, case)
        await town.gone(case)

        async def at_justice() -> bool:
            found = [each for each in await every_order(town, case) if each["unit_id"] == "justice"]
            return [each["status"] for each in found] == ["awaiting_signature"]

        await until(at_justice, what="the order of the competent unit")
        for running in town.desk.house.running.values():
            assert not await running.context.database.fetchval("SELECT count(*) FROM dead_letter")
        assert (await recounted(town.desk.house)).differences == [], "what is left says the same of everybody's work"


async def test_what_was_filed_in_confidence_and_is_filed_in_the_open_after_all_goes_its_way(town: Town) -> None:
    """Everybody knows again what it is, from then on: who must act, and the board."""
    desk = town.desk
    case = await desk.accepted(category_id=ANOMALY, condition_id=None, photos=[], location=at(GRID))
    (order,) = await orders(desk, case, [("justice", "awaiting_signature")])
    path = f"dispatches/{order['dispatch_id']}"
    await town.ask("dispatch", f"{path}/request-return", reason="conditions_missing", note=town.word("return"))
    await town.ask("dispatch", f"{path}/accept-return", note=town.word("accept"))
    await desk.until(case, "awaiting_filing")
    litter = {"category_id": "GB47678-5-2026/matter/06010", "condition_id": "06010-1"}
    await town.ask("intake", f"cases/{case['case_id']}/file", "shift_lead", **litter)
    (_, order) = await orders(desk, case, [("justice", "returned"), ("sanitation", "awaiting_signature")])
    assert (order["category"]["id"], order["place"]["grid_code"]) == (litter["category_id"], GRID)
    tracking = desk.house.running["tracking"].context.database

    async def listed() -> bool:
        row = await tracking.fetchrow(
            "SELECT category_id, area FROM record WHERE case_number = $1", case["case_number"]
        )
        return row is not None and (row["category_id"], row["area"]) == (litter["category_id"], GRID)

    await until(listed, what="the case under its category, in its grid")


def unbearable(asked: str) -> CaseRouted:
    """A decision that dispatch can read and cannot carry out."""
    never = Milestone(name="一万年", name_en="Ten thousand years", amount=4_000_000, unit="natural_day")
    return CaseRouted(
        round=2, rule="dispatcher", list_version=1, candidates=(), explanation="", explanation_en="", decided_by=SOMEBODY,
        assignments=(Assignment(unit_id="sanitation", role="co", milestones=(never,), asked=asked),),
    )  # fmt: skip


async def test_what_was_still_on_its_way_when_it_turned_confidential_is_not_kept_either(town: Town) -> None:
    """An urge said without a look at what the case is; what waits for its causes; what could not be applied."""
    town.desk.house.spoil()
    case = await reported(town)

    def said(source: str, sequence: int, event: Event) -> tuple[Envelope, bytes]:
        return Envelope(UUID(case["case_id"]), source, sequence, event.TYPE, datetime.now(UTC)), event.to_bytes()

    waits = UnitUrged(unit_id="sanitation", text=town.word("parked"), urged_by=SOMEBODY)
    await produce(town.desk.house, said("supervision", 900, waits))
    app = town.desk.house.running["dispatch"].app
    dispatch = town.desk.house.running["dispatch"].context.database
    envelope, body = said("routing", 2, unbearable(town.word("dead")))
    await app.state.event_processor.process([IncomingEvent(envelope, envelope.to_headers(), body)])

    async def held() -> bool:
        parked = await dispatch.fetchval("SELECT count(*) FROM deferred_event WHERE sequence = 900")
        return parked and await dispatch.fetchval("SELECT count(*) FROM dead_letter")

    await until(held, what="an event that waits, and one that is dead")
    await refiled(town, case)
    (_, order) = await orders(town.desk, case, [("sanitation", "returned"), ("justice", "awaiting_signature")])
    supervision, pool = (town.desk.house.running[name].context.database for name in ("supervision", "intake"))

    async def heard_there() -> bool:
        filed = await pool.fetchval("SELECT version FROM aggregate WHERE case_id = $1", UUID(case["case_id"]))
        return filed == await supervision.fetchval(
            "SELECT intake_applied FROM aggregate WHERE case_id = $1", UUID(case["case_id"])
        )

    await until(
        heard_there, what="the filing at supervision: before it, the ledger there is sealed with the urge in it"
    )
    late = UnitUrged(dispatch_id=order["dispatch_id"], unit_id="justice", text=town.word("late"), urged_by=SOMEBODY)
    await town.desk.tell("supervision", case, late)

    async def told() -> bool:
        return bool(await dispatch.fetchval("SELECT count(*) FROM message WHERE type = 'dispatch.urged'"))

    await until(told, what="the urge at its unit")

    async def only_where_it_was_said() -> bool:
        left.clear()
        left.update(await town.clear(case))
        return all(table.startswith("supervision.ledger") for table in left)

    left: dict[str, set[str]] = {}
    await until(only_where_it_was_said, what="nothing to be left")
    assert left, "the urge stands where it was said: there nobody checked it"
