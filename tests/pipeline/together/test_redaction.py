"""ADR 0016: a case that turns out confidential is in clear text in no table of any service."""

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
from tests.support.installation import SERVICE_KEY, Installation
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.other_services import wait_for_dispatches, wait_for_supervised_case
from tests.support.receivers import ReceivedRequest, Receiver, answer, receiver
from tests.support.sample_district import CONFIDENTIAL_CATEGORY, access_token, start_with_sample_district
from tests.support.sample_events import produce
from tests.support.unknown_fields import save_with_unknown_fields
from tests.support.waiting import wait_until
from tests.support.webhook_driver import VAULT
from tests.unit.supervision.sample_district import DESK as SOMEBODY

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
    """All services with a database, the texts that were written about one case, and its places."""

    intake_driver: IntakeDriver
    texts: list[str] = field(default_factory=list[str])
    places: list[str] = field(default_factory=list[str])

    def new_text(self, what: str) -> str:
        """Return a text that was not used before, and remember it."""
        self.texts.append(f"zeuge{len(self.texts):02}{what}")
        return f"{self.texts[-1]} 楼上"

    async def post(self, service: str, path: str, who: str = "dispatcher", **body: Any) -> httpx.Response:
        """Send a command under a new idempotency key, so that its response is stored."""
        headers = {
            "authorization": f"Bearer {await access_token(self.intake_driver.installation, who)}",
            "idempotency-key": str(uuid4()),
        }
        url = self.intake_driver.installation.running[service].url
        async with http_client.create_client(base_url=url, headers=headers, timeout=30) as web:
            answered = await web.post(f"/api/{service}/{path}", json=body)
        assert answered.status_code < 300, f"{path}: {answered.text}"
        return answered

    async def clear_texts(self, case: dict[str, Any]) -> dict[str, set[str]]:
        """Return table → texts in clear anywhere, and places in rows that name the case or one of its dispatches."""
        pools = {name: each.context.database for name, each in self.intake_driver.installation.running.items()}
        about = {case["case_id"], case["case_number"]}
        rows = await pools["dispatch"].fetch("SELECT id FROM dispatch WHERE case_id = $1", UUID(case["case_id"]))
        about |= {str(row["id"]) for row in rows}
        found: dict[str, set[str]] = {}
        for name, pool in pools.items():
            for table in [row["relname"] for row in await pool.fetch(_TABLES)]:
                for row in await pool.fetch(f"SELECT t::text AS t FROM {table} AS t"):
                    text = _BYTES.sub(lambda hexed: bytes.fromhex(hexed[1]).decode(errors="replace"), row["t"])
                    clear = {word for word in self.texts if word in text}
                    if any(mark in text for mark in about):
                        clear |= {place for place in self.places if place in text}
                    if clear:
                        found.setdefault(f"{name}.{table}", set()).update(clear)
        return found

    async def wait_until_redacted(self, case: dict[str, Any]) -> None:
        """Wait until no table has a text about the case in clear."""

        async def nowhere() -> bool:
            left.clear()
            left.update(await self.clear_texts(case))
            return not left

        left: dict[str, set[str]] = {}
        try:
            await wait_until(nowhere, what="nothing to be left in clear")
        except AssertionError:
            raise AssertionError(f"in clear: {left}") from None

    async def add_endpoint(self, there: Receiver) -> None:
        """Store a verified endpoint of the sanitation centre."""
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


async def answer_with_request(request: ReceivedRequest, *streams: Any) -> None:
    """Answer with the body of the request."""
    await answer(body=request.body)(request, *streams)


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[RedactionDriver]:
    await start_with_sample_district(shared_installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    intake_driver = IntakeDriver(shared_installation, shared_installation.running["intake"])
    yield RedactionDriver(intake_driver)
    await intake_driver.close()


async def report_case(driver: RedactionDriver) -> dict[str, Any]:
    """File a case of an officer, wait for its dispatch, and return the receipt."""
    spot = {name: value if name == "crs" else round(value, 6) for name, value in location_in(GRID).items()}
    driver.places += [GRID, str(spot["longitude"]), str(spot["latitude"])]
    case = await driver.intake_driver.file_case(
        description=driver.new_text("report"),
        address=driver.new_text("address"),
        location=spot,
        reporter={"name": "王某", "phone": "13800000000", "feedback_wanted": True, "contact_consent": True},
        headers={"idempotency-key": str(uuid4())},
    )
    await wait_for_dispatches(driver.intake_driver, case, [("sanitation", "awaiting_signature")])
    return case


async def write_documents_about(driver: RedactionDriver, case: dict[str, Any]) -> None:
    """Write a handover sheet and a digest that name the case."""
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


async def refile_as_confidential(driver: RedactionDriver, case: dict[str, Any]) -> None:
    """Return the dispatch of the unit, and file the case again as confidential."""
    (order,) = [each for each in await dispatches_of(driver, case) if each["unit_id"] == "sanitation"]
    path = f"dispatches/{order['dispatch_id']}"
    await driver.post("dispatch", f"{path}/request-return", reason="conditions_missing", note=driver.new_text("return"))
    await driver.post("dispatch", f"{path}/accept-return", note=driver.new_text("accept"))
    await driver.intake_driver.wait_for_status(case, "awaiting_filing")
    assert await driver.clear_texts(case), "before that its texts are in clear"
    await driver.post("intake", f"cases/{case['case_id']}/file", "shift_lead", category_id=CONFIDENTIAL_CATEGORY)


async def recount_figures(installation: Installation) -> Result:
    """Recount every figure from the event stores."""
    urls = {name: each.url for name, each in installation.running.items()}
    headers = {"authorization": f"Bearer {SERVICE_KEY}", "content-type": "application/json"}
    async with http_client.create_client(headers=headers, timeout=30) as web:
        return await Recount(installation.running["supervision"].context.database, web, urls).run()


async def dispatches_of(driver: RedactionDriver, case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all dispatches of a case."""
    bearer = {"authorization": f"Bearer {await access_token(driver.intake_driver.installation, 'dispatcher')}"}
    async with http_client.create_client(
        base_url=driver.intake_driver.installation.running["dispatch"].url, headers=bearer
    ) as web:
        found = await web.get("/api/dispatch/dispatches", params={"case_id": case["case_id"]})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_a_case_refiled_as_confidential_is_in_clear_text_in_no_table(driver: RedactionDriver) -> None:
    """This covers texts of all callers, its place, messages to units, documents and stored responses."""
    async with receiver(answer_with_request) as there:
        await driver.add_endpoint(there)
        case = await report_case(driver)
        (order,) = await dispatches_of(driver, case)
        path, about = f"dispatches/{order['dispatch_id']}", f"cases/{case['case_id']}"
        phoned = {"by_phone": {"contact": "值班室", "at": datetime.now(UTC).isoformat()}}
        await driver.post("dispatch", f"{path}/sign", **phoned)
        await wait_for_supervised_case(driver.intake_driver, case, "handling")
        await write_documents_about(driver, case)
        call = await driver.post("intake", "calls", "intake_clerk", phone="13800000000")
        end = {"result": "information_added", "note": driver.new_text("call"), "case_number": case["case_number"]}
        await driver.post("intake", f"calls/{call.json()['id']}/end", "intake_clerk", **end)
        await driver.post(
            "intake", f"reports/{case['case_id']}/additions", "intake_clerk", text=driver.new_text("addition")
        )
        await driver.post("routing", f"{about}/handover", unit_id="fire", instructions=driver.new_text("handover"))
        await driver.post("dispatch", f"{path}/progress", note=driver.new_text("progress"))
        await driver.post("supervision", f"{about}/urge", text=driver.new_text("urge"))
        await driver.post("supervision", f"{about}/order", "shift_lead", text=driver.new_text("order"))
        await driver.post("dispatch", f"{path}/request-extension", note=driver.new_text("extension"))
        pool = driver.intake_driver.installation.running["dispatch"].context.database

        async def told() -> bool:
            kept = await pool.fetch("SELECT response FROM attempt")
            capped = await pool.fetchval("SELECT count(*) FROM message WHERE format = 'cap'")
            return capped > 0 and any(word in row["response"] for row in kept for word in driver.texts)

        await wait_until(told, what="messages, also as CAP, and the responses of their receiver")
        for name, running in driver.intake_driver.installation.running.items():
            if name in STATES:
                objects = await save_with_unknown_fields(
                    running.context, UUID(case["case_id"]), STATES[name], driver.new_text("newer")
                )
                assert objects > 1, "the document has nested objects"
        await refile_as_confidential(driver, case)
        await driver.wait_until_redacted(case)

        async def at_justice() -> bool:
            found = [each for each in await dispatches_of(driver, case) if each["unit_id"] == "justice"]
            return [each["status"] for each in found] == ["awaiting_signature"]

        await wait_until(at_justice, what="the order of the competent unit")
        for running in driver.intake_driver.installation.running.values():
            assert not await running.context.database.fetchval("SELECT count(*) FROM dead_letter")
        assert (await recount_figures(driver.intake_driver.installation)).differences == [], (
            "the figures can be recounted from the redacted events"
        )


async def test_a_confidential_case_that_is_filed_openly_is_handled_like_any_other(
    driver: RedactionDriver,
) -> None:
    intake_driver = driver.intake_driver
    case = await intake_driver.submit_accepted(
        category_id=CONFIDENTIAL_CATEGORY, condition_id=None, photos=[], location=location_in(GRID)
    )
    (order,) = await wait_for_dispatches(intake_driver, case, [("justice", "awaiting_signature")])
    path = f"dispatches/{order['dispatch_id']}"
    await driver.post("dispatch", f"{path}/request-return", reason="conditions_missing", note=driver.new_text("return"))
    await driver.post("dispatch", f"{path}/accept-return", note=driver.new_text("accept"))
    await intake_driver.wait_for_status(case, "awaiting_filing")
    litter = {"category_id": "GB47678-5-2026/matter/06010", "condition_id": "06010-1"}
    await driver.post("intake", f"cases/{case['case_id']}/file", "shift_lead", **litter)
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


def failing_decision(instructions: str) -> CaseRouted:
    """Return a routing decision that dispatch can read and cannot apply."""
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


async def test_deferred_dead_and_late_events_of_a_confidential_case_are_redacted(
    driver: RedactionDriver,
) -> None:
    driver.intake_driver.installation.discard_after_use()
    case = await report_case(driver)

    def record(source: str, sequence: int, event: Event) -> tuple[Envelope, bytes]:
        return Envelope(UUID(case["case_id"]), source, sequence, event.TYPE, datetime.now(UTC)), event.to_bytes()

    waits = UnitUrged(unit_id="sanitation", text=driver.new_text("parked"), urged_by=SOMEBODY)
    await produce(driver.intake_driver.installation, record("supervision", 900, waits))
    app = driver.intake_driver.installation.running["dispatch"].app
    dispatch = driver.intake_driver.installation.running["dispatch"].context.database
    envelope, body = record("routing", 2, failing_decision(driver.new_text("dead")))
    await app.state.event_processor.process([IncomingEvent(envelope, envelope.to_headers(), body)])

    async def held() -> bool:
        parked = await dispatch.fetchval("SELECT count(*) FROM deferred_event WHERE sequence = 900")
        return parked and await dispatch.fetchval("SELECT count(*) FROM dead_letter")

    await wait_until(held, what="an event that waits, and one that is dead")
    await refile_as_confidential(driver, case)
    (_, order) = await wait_for_dispatches(
        driver.intake_driver, case, [("sanitation", "returned"), ("justice", "awaiting_signature")]
    )
    supervision, pool = (
        driver.intake_driver.installation.running[name].context.database for name in ("supervision", "intake")
    )

    async def supervision_applied() -> bool:
        filed = await pool.fetchval("SELECT version FROM aggregate WHERE case_id = $1", UUID(case["case_id"]))
        return filed == await supervision.fetchval(
            "SELECT intake_applied FROM aggregate WHERE case_id = $1", UUID(case["case_id"])
        )

    await wait_until(supervision_applied, what="the filing at supervision, so that it does not redact the late event")
    late = UnitUrged(
        dispatch_id=order["dispatch_id"], unit_id="justice", text=driver.new_text("late"), urged_by=SOMEBODY
    )
    await driver.intake_driver.installation.publish("supervision", case["case_id"], late)

    async def told() -> bool:
        return bool(await dispatch.fetchval("SELECT count(*) FROM message WHERE type = 'dispatch.urged'"))

    await wait_until(told, what="the urge at its unit")

    async def only_at_its_source() -> bool:
        left.clear()
        left.update(await driver.clear_texts(case))
        return all(table.startswith("supervision.event_store") for table in left)

    left: dict[str, set[str]] = {}
    await wait_until(only_at_its_source, what="the redaction everywhere else")
    assert left, "the source of the late event has not redacted it"
