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
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.supervision.commands.recount import Recount, Result
from services.supervision.domain.roster import digests, shift_handover
from services.supervision.store import case_index, documents
from services.tracking.app import SERVICE as TRACKING
from tests.support.installation import SERVICE_KEY, Installation, wait_until
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.other_services import wait_for_dispatches, wait_for_supervised_case
from tests.support.receivers import Got, Receiver, answer, receiver
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.sample_events import produce
from tests.support.unknown_fields import save_with_unknown_fields
from tests.support.webhook_driver import VAULT
from tests.unit.supervision.town import DESK as SOMEBODY

ANOMALY = "LOCAL-370522/matter/15001"
COMMUNITY, GRID = "370522001003", "370522001003005"
STATES: dict[str, type[StoredDocument]] = {
    each.name: each.state for each in (INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
}
_TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_BYTES = re.compile(r"\\{1,2}x([0-9a-f]*)")


@dataclass
class RedactionDriver:
    """All services that keep anything; and what has been said about one case, and where that is."""

    intake_driver: IntakeDriver
    said: list[str] = field(default_factory=list[str])
    places: list[str] = field(default_factory=list[str])

    def word(self, who: str) -> str:
        """Words of somebody that nobody has said before."""
        self.said.append(f"zeuge{len(self.said):02}{who}")
        return f"{self.said[-1]} 楼上"

    async def ask(self, service: str, path: str, who: str = "dispatcher", **body: Any) -> httpx.Response:
        """A command, under a key of its own, so that its answer is stored."""
        headers = {
            "authorization": f"Bearer {await access_token(self.intake_driver.installation, who)}",
            "idempotency-key": str(uuid4()),
        }
        url = self.intake_driver.installation.running[service].url
        async with http_client.create_client(base_url=url, headers=headers, timeout=30) as web:
            answered = await web.post(f"/api/{service}/{path}", json=body)
        assert answered.status_code < 300, f"{path}: {answered.text}"
        return answered

    async def clear(self, case: dict[str, Any]) -> dict[str, set[str]]:
        """Service and table → what stands there in clear: words anywhere, places in rows that name the case or an order
        of it.
        """
        pools = {name: each.context.database for name, each in self.intake_driver.installation.running.items()}
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
            await wait_until(nowhere, what="nothing to be left in clear")
        except AssertionError:
            raise AssertionError(f"in clear: {left}") from None

    async def endpoint(self, there: Receiver) -> None:
        """Where the sanitation's messages go; what it answers is kept with each try."""
        row = {
            "id": uuid4(),
            "unit_id": "sanitation",
            "url": there.url,
            "description": "",
            "events": None,
            "max_in_flight": 4,
            "kind": "unit",
            "format": "json",
            "takes_exercises": False,
            "signatures": SCHEMES,
            "created_at": datetime.now(UTC),
            "created_by": "test",
        }
        pool = self.intake_driver.installation.running["dispatch"].context.database
        async with pool.acquire() as connection:
            await endpoints.add_endpoint(connection, row, KeyPair.new(), VAULT)
            await connection.execute("DELETE FROM delivery")
            await connection.execute("UPDATE endpoint SET state = 'verified', verified_at = now()")


async def repeats(got: Got, *streams: Any) -> None:
    """A receiver that answers with what it was sent."""
    await answer(body=got.body)(got, *streams)


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[RedactionDriver]:
    await start_with_sample_district(shared_installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    intake_driver = IntakeDriver(shared_installation, shared_installation.running["intake"])
    yield RedactionDriver(intake_driver)
    await intake_driver.close()


async def reported(driver: RedactionDriver) -> dict[str, Any]:
    """An officer's case with the sanitation: its receipt."""
    spot = {name: value if name == "crs" else round(value, 6) for name, value in location_in(GRID).items()}
    driver.places += [GRID, str(spot["longitude"]), str(spot["latitude"])]
    case = await driver.intake_driver.file_case(
        description=driver.word("report"),
        address=driver.word("address"),
        location=spot,
        reporter={"name": "王某", "phone": "13800000000", "feedback_wanted": True, "contact_consent": True},
        headers={"idempotency-key": str(uuid4())},
    )
    await wait_for_dispatches(driver.intake_driver, case, [("sanitation", "awaiting_signature")])
    return case


async def papers_about(driver: RedactionDriver, case: dict[str, Any]) -> None:
    """A handover sheet and a digest that name the case."""
    await wait_for_supervised_case(driver.intake_driver, case, "handling")
    context = driver.intake_driver.installation.running["supervision"].context
    pool, now, district = context.database, context.clock.now(), context.district
    centre = district.centre_for(GRID)
    sheet = shift_handover.write_sheet(district, centre.id, now, await case_index.open_cases(pool, centre.areas))
    today = now.astimezone(district.zone).date()
    tomorrow = today + timedelta(days=1)
    cases = await case_index.cases_of_community(pool, COMMUNITY, now - timedelta(days=7), now + timedelta(days=2))
    digest = digests.write_digest(district, "week", COMMUNITY, (today - timedelta(days=6), tomorrow), cases, (0, 0))
    assert case["case_number"] in {each.case_number for each in sheet.cases}
    assert case["case_number"] in {each.case_number for each in digest.oldest}
    async with pool.acquire() as connection:
        await documents.save_sheet(connection, sheet, now)
        await documents.save_digest(connection, digest, now)


async def refiled(driver: RedactionDriver, case: dict[str, Any]) -> None:
    """The unit gives it back, and the desk finds that it is confidential."""
    (order,) = [each for each in await every_order(driver, case) if each["unit_id"] == "sanitation"]
    path = f"dispatches/{order['dispatch_id']}"
    await driver.ask("dispatch", f"{path}/request-return", reason="conditions_missing", note=driver.word("return"))
    await driver.ask("dispatch", f"{path}/accept-return", note=driver.word("accept"))
    await driver.intake_driver.wait_for_status(case, "awaiting_filing")
    assert await driver.clear(case), "in the open it stands in clear"
    await driver.ask("intake", f"cases/{case['case_id']}/file", "shift_lead", category_id=ANOMALY)


async def recounted(installation: Installation) -> Result:
    """Every figure again from the ledgers as they are now."""
    urls = {name: each.url for name, each in installation.running.items()}
    headers = {"authorization": f"Bearer {SERVICE_KEY}", "content-type": "application/json"}
    async with http_client.create_client(headers=headers, timeout=30) as web:
        return await Recount(installation.running["supervision"].context.database, web, urls).run()


async def every_order(driver: RedactionDriver, case: dict[str, Any]) -> list[dict[str, Any]]:
    bearer = {"authorization": f"Bearer {await access_token(driver.intake_driver.installation, 'dispatcher')}"}
    async with http_client.create_client(
        base_url=driver.intake_driver.installation.running["dispatch"].url, headers=bearer
    ) as web:
        found = await web.get("/api/dispatch/dispatches", params={"case_id": case["case_id"]})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_refiled_as_confidential_it_is_left_in_clear_in_no_table_of_any_service(driver: RedactionDriver) -> None:
    """Words of everybody who may have written about it, its place, what units were sent and answered, papers and stored
    answers.
    """
    async with receiver(repeats) as there:
        await driver.endpoint(there)
        case = await reported(driver)
        (order,) = await every_order(driver, case)
        path, about = f"dispatches/{order['dispatch_id']}", f"cases/{case['case_id']}"
        phoned = {"by_phone": {"contact": "值班室", "at": datetime.now(UTC).isoformat()}}
        await driver.ask("dispatch", f"{path}/sign", **phoned)
        await wait_for_supervised_case(driver.intake_driver, case, "handling")
        await papers_about(driver, case)
        call = await driver.ask("intake", "calls", "intake_clerk", phone="13800000000")
        end = {"result": "information_added", "note": driver.word("call"), "case_number": case["case_number"]}
        await driver.ask("intake", f"calls/{call.json()['id']}/end", "intake_clerk", **end)
        await driver.ask("intake", f"reports/{case['case_id']}/additions", "intake_clerk", text=driver.word("addition"))
        await driver.ask("routing", f"{about}/handover", unit_id="fire", instructions=driver.word("handover"))
        await driver.ask("dispatch", f"{path}/progress", note=driver.word("progress"))
        await driver.ask("supervision", f"{about}/urge", text=driver.word("urge"))
        await driver.ask("supervision", f"{about}/order", "shift_lead", text=driver.word("order"))
        await driver.ask("dispatch", f"{path}/request-extension", note=driver.word("extension"))
        pool = driver.intake_driver.installation.running["dispatch"].context.database

        async def told() -> bool:
            kept = await pool.fetch("SELECT response FROM attempt")
            capped = await pool.fetchval("SELECT count(*) FROM message WHERE format = 'cap'")
            return capped > 0 and any(word in row["response"] for row in kept for word in driver.said)

        await wait_until(told, what="messages, also as CAP, and the answers of their receiver")
        for name, running in driver.intake_driver.installation.running.items():
            if name in STATES:
                objects = await save_with_unknown_fields(
                    running.context, UUID(case["case_id"]), STATES[name], driver.word("newer")
                )
                assert objects > 1, "a document in which objects are nested"
        await refiled(driver, case)
        await driver.gone(case)

        async def at_justice() -> bool:
            found = [each for each in await every_order(driver, case) if each["unit_id"] == "justice"]
            return [each["status"] for each in found] == ["awaiting_signature"]

        await wait_until(at_justice, what="the order of the competent unit")
        for running in driver.intake_driver.installation.running.values():
            assert not await running.context.database.fetchval("SELECT count(*) FROM dead_letter")
        assert (await recounted(driver.intake_driver.installation)).differences == [], (
            "what is left says the same of everybody's work"
        )


async def test_what_was_filed_in_confidence_and_is_filed_in_the_open_after_all_goes_its_way(
    driver: RedactionDriver,
) -> None:
    """Everybody knows again what it is, from then on: who must act, and the board."""
    intake_driver = driver.intake_driver
    case = await intake_driver.submit_accepted(
        category_id=ANOMALY, condition_id=None, photos=[], location=location_in(GRID)
    )
    (order,) = await wait_for_dispatches(intake_driver, case, [("justice", "awaiting_signature")])
    path = f"dispatches/{order['dispatch_id']}"
    await driver.ask("dispatch", f"{path}/request-return", reason="conditions_missing", note=driver.word("return"))
    await driver.ask("dispatch", f"{path}/accept-return", note=driver.word("accept"))
    await intake_driver.wait_for_status(case, "awaiting_filing")
    litter = {"category_id": "GB47678-5-2026/matter/06010", "condition_id": "06010-1"}
    await driver.ask("intake", f"cases/{case['case_id']}/file", "shift_lead", **litter)
    (_, order) = await wait_for_dispatches(
        intake_driver, case, [("justice", "returned"), ("sanitation", "awaiting_signature")]
    )
    assert (order["category"]["id"], order["place"]["grid_code"]) == (litter["category_id"], GRID)
    tracking = intake_driver.installation.running["tracking"].context.database

    async def listed() -> bool:
        row = await tracking.fetchrow(
            "SELECT category_id, area FROM record WHERE case_number = $1", case["case_number"]
        )
        return row is not None and (row["category_id"], row["area"]) == (litter["category_id"], GRID)

    await wait_until(listed, what="the case under its category, in its grid")


def unbearable(instructions: str) -> CaseRouted:
    """A decision that dispatch can read and cannot carry out."""
    never = Milestone(name="一万年", name_en="Ten thousand years", amount=4_000_000, unit="natural_day")
    return CaseRouted(
        round=2,
        rule="dispatcher",
        list_version=1,
        candidates=(),
        explanation="",
        explanation_en="",
        decided_by=SOMEBODY,
        assignments=(Assignment(unit_id="sanitation", role="co", milestones=(never,), instructions=instructions),),
    )


async def test_what_was_still_on_its_way_when_it_turned_confidential_is_not_kept_either(
    driver: RedactionDriver,
) -> None:
    """An urge said without a look at what the case is; what waits for its causes; what could not be applied."""
    driver.intake_driver.installation.discard_after_use()
    case = await reported(driver)

    def said(source: str, sequence: int, event: Event) -> tuple[Envelope, bytes]:
        return Envelope(UUID(case["case_id"]), source, sequence, event.TYPE, datetime.now(UTC)), event.to_bytes()

    waits = UnitUrged(unit_id="sanitation", text=driver.word("parked"), urged_by=SOMEBODY)
    await produce(driver.intake_driver.installation, said("supervision", 900, waits))
    app = driver.intake_driver.installation.running["dispatch"].app
    dispatch = driver.intake_driver.installation.running["dispatch"].context.database
    envelope, body = said("routing", 2, unbearable(driver.word("dead")))
    await app.state.event_processor.process([IncomingEvent(envelope, envelope.to_headers(), body)])

    async def held() -> bool:
        parked = await dispatch.fetchval("SELECT count(*) FROM deferred_event WHERE sequence = 900")
        return parked and await dispatch.fetchval("SELECT count(*) FROM dead_letter")

    await wait_until(held, what="an event that waits, and one that is dead")
    await refiled(driver, case)
    (_, order) = await wait_for_dispatches(
        driver.intake_driver, case, [("sanitation", "returned"), ("justice", "awaiting_signature")]
    )
    supervision, pool = (
        driver.intake_driver.installation.running[name].context.database for name in ("supervision", "intake")
    )

    async def heard_there() -> bool:
        filed = await pool.fetchval("SELECT version FROM aggregate WHERE case_id = $1", UUID(case["case_id"]))
        return filed == await supervision.fetchval(
            "SELECT intake_applied FROM aggregate WHERE case_id = $1", UUID(case["case_id"])
        )

    await wait_until(
        heard_there, what="the filing at supervision: before it, the ledger there is sealed with the urge in it"
    )
    late = UnitUrged(dispatch_id=order["dispatch_id"], unit_id="justice", text=driver.word("late"), urged_by=SOMEBODY)
    await driver.intake_driver.publish("supervision", case, late)

    async def told() -> bool:
        return bool(await dispatch.fetchval("SELECT count(*) FROM message WHERE type = 'dispatch.urged'"))

    await wait_until(told, what="the urge at its unit")

    async def only_where_it_was_said() -> bool:
        left.clear()
        left.update(await driver.clear(case))
        return all(table.startswith("supervision.event_store") for table in left)

    left: dict[str, set[str]] = {}
    await wait_until(only_where_it_was_said, what="nothing to be left")
    assert left, "the urge stands where it was said: there nobody checked it"
