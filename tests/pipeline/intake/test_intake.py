"""Reports of every channel: accepted, verified, filed, attached or answered."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from contracts.events.supervision import CaseClosed, SampleFailed
from services.chassis.auth import SYSTEM
from services.intake.app import SERVICE
from services.intake.store import photos as store
from tests.support.infrastructure import free_port
from tests.support.intake_driver import IntakeDriver, jpeg, location_in
from tests.support.waiting import wait_until


async def test_an_officers_report_is_accepted_and_filed(driver: IntakeDriver) -> None:
    answer = await driver.submit(photos=[await driver.photo()])
    assert answer.status_code == 202
    receipt = answer.json()
    assert answer.headers["location"] == f"/api/intake/reports/{receipt['report_id']}"
    assert receipt["case_number"].startswith("LJ-")
    await driver.wait_for_status(receipt, "filed")
    assert await driver.types(receipt) == ["report_received", "case_filed"]
    seen = await (await driver.client_of("officer")).get(answer.headers["location"])
    assert (seen.status_code, seen.json()["status"]) == (200, "filed")
    assert (await (await driver.client_of("officer_2")).get(answer.headers["location"])).status_code == 404


async def test_rule_1_a_report_sent_several_times_is_one_case(driver: IntakeDriver) -> None:
    """Situation 20: an offline terminal repeats requests without a response."""
    photos, key = [await driver.photo()], {"idempotency-key": str(uuid4())}
    answers = await asyncio.gather(*(driver.submit(photos=photos, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["case_id"] for answer in answers}) == 1
    assert await driver.intake.context.database.fetchval("SELECT count(*) FROM report") == 1
    other = await driver.submit(photos=photos, headers=key, description="另一件")
    assert other.status_code == 409


async def test_a_photo_must_be_uploaded_before_the_report(driver: IntakeDriver) -> None:
    name, key = sha256(jpeg("purple")).hexdigest(), {"idempotency-key": str(uuid4())}
    photos = [{"sha256": name, "role": "near"}]
    refused = await driver.submit(photos=photos, headers=key)
    assert (refused.status_code, refused.json()["missing"]) == (422, [name])
    await driver.photo(colour="purple")
    assert (await driver.submit(photos=photos, headers=key)).status_code == 202, (
        "the refusal was not stored under the key"
    )


async def test_rule_1_a_repeated_report_gets_its_response_after_its_photo_was_erased(driver: IntakeDriver) -> None:
    """Photos are erased weeks after the end of their case, and an offline terminal may repeat requests after weeks."""
    photos, key = [await driver.photo(colour="teal")], {"idempotency-key": str(uuid4())}
    first = await driver.submit(photos=photos, headers=key)
    await store.record_deletion(driver.intake.context.database, photos[0]["sha256"])
    assert (await driver.submit(photos=photos)).json()["type"] == "/problems/photos-missing"
    again = await driver.submit(photos=photos, headers=key)
    assert (again.status_code, again.content) == (202, first.content)


async def test_masking_of_texts_is_limited_per_network(driver: IntakeDriver) -> None:
    """The limit refills while the test runs, so the number of allowed requests varies."""
    web, statuses = await driver.client_of(""), list[int]()
    while 429 not in statuses and len(statuses) < 300:
        statuses.append((await web.post("/api/intake/mask", json={"text": "13812345678"})).status_code)
    assert (set(statuses[:-1]), statuses[-1]) == ({200}, 429)


async def test_a_photo_loses_its_metadata_and_needs_a_credential(driver: IntakeDriver) -> None:
    officer, nobody = await driver.client_of("officer"), await driver.client_of("")
    data = jpeg("red", comment=b"where I live")
    name = sha256(data).hexdigest()
    first = await officer.put(f"/api/intake/photos/{name}", content=data)
    again = await officer.put(f"/api/intake/photos/{name}", content=data)
    assert (first.status_code, again.status_code) == (201, 200)
    found = await officer.get(f"/api/intake/photos/{name}")
    assert (found.status_code, found.headers["content-type"]) == (200, "image/jpeg")
    assert b"where I live" not in found.content
    assert (await nobody.get(f"/api/intake/photos/{name}")).status_code == 401
    assert (await officer.get(f"/api/intake/photos/{'0' * 64}")).status_code == 404
    assert (await officer.put(f"/api/intake/photos/{'0' * 64}", content=data)).status_code == 422
    assert (await officer.put(f"/api/intake/photos/{'0' * 64}", content=bytes(11 << 20))).status_code == 413


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("officer", {"channel": "hotline"}, 403),
    ("", {"channel": "grid_terminal"}, 403),
    ("camera", {"channel": "camera", "frame_confirmed": True}, 403),
    ("officer", {"location": {"longitude": 118.25, "latitude": 37.49}}, 422),
    ("officer", {"location": None}, 422),
    ("officer", {"category_id": "GB47678-5-2026/matter/99999", "condition_id": None}, 422),
    ("officer", {"photo": []}, 422),
]


async def test_a_wrong_report_is_refused_with_a_problem_type_and_stores_nothing(driver: IntakeDriver) -> None:
    for who, fields, status in REFUSED:
        answer = await driver.submit(who, **fields)
        assert answer.status_code == status, (who, fields, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].startswith("/problems/")
    assert await driver.intake.context.database.fetchval("SELECT count(*) FROM aggregate WHERE version > 0") == 0


async def test_a_place_outside_the_district_is_accepted_and_waits_for_the_desk(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted(location={"longitude": 121.5, "latitude": 31.2, "crs": "wgs84"})
    assert (receipt["place"], receipt["place_doubt"]) == (None, "outside_area")
    assert receipt["note_en"]
    await driver.wait_for_status(receipt, "awaiting_filing")
    answer = await driver.post("intake_clerk", f"cases/{receipt['case_number']}/not-file", reason="outside_area")
    assert (answer.status_code, answer.json()["status"]) == (200, "not_filed")


async def test_situation_21_later_reports_of_the_same_heap_are_attached(driver: IntakeDriver) -> None:
    first = await driver.file_case()
    second, third = await asyncio.gather(
        driver.submit_accepted("", location=location_in("370522001003005", 5), photos=[]),
        driver.submit_accepted("", location=location_in("370522001003005", -8), photos=[]),
    )
    for receipt in (second, third):
        state = await driver.wait_for_status(receipt, "attached")
        assert state.attached_to == UUID(first["case_id"])
        assert await driver.types(receipt) == ["report_received", "case_attached"]
    assert (await driver.types(first)).count("report_joined") == 2


async def test_reports_at_the_same_instant_on_two_replicas_are_one_case(driver: IntakeDriver) -> None:
    """A lock per category and grid makes exactly one of ten a filed case."""
    second = await driver.installation.start(SERVICE, key="second", port=free_port())
    await wait_until(lambda: second.context.district_or_none is not None, what="the district at the second replica")
    photos, replicas = [await driver.photo()], (driver.intake, second)
    receipts = await asyncio.gather(
        *(
            driver.submit_accepted(photos=photos, location=location_in("370522001003005", n), replica=replicas[n % 2])
            for n in range(10)
        )
    )

    async def triaged() -> list[str] | None:
        found = [(await driver.state(receipt)).status for receipt in receipts]
        return found if "reported" not in found else None

    statuses = await wait_until(triaged, what="triage of all ten")
    assert sorted(statuses) == ["attached"] * 9 + ["filed"]


async def test_situation_6_a_possible_duplicate_waits_for_the_desk(driver: IntakeDriver) -> None:
    first = await driver.file_case(
        category_id="GB47678-5-2026/matter/01050", condition_id="01050-1", location=location_in("370522001009002")
    )
    second = await driver.submit_accepted(
        "", category_id="LOCAL-370522/matter/12003", condition_id="12003-1", location=location_in("370522001009002", 20)
    )
    state = await driver.wait_for_status(second, "awaiting_filing")
    assert state.possible_duplicate_of == UUID(first["case_id"])
    clerk = await driver.client_of("intake_clerk")
    item = (await clerk.get("/api/intake/queue", params={"kind": "filing"})).json()["items"][0]
    assert item["case"]["possible_duplicate_of"]["case_number"] == first["case_number"]
    linked = await driver.post(
        "intake_clerk", f"cases/{second['case_id']}/link", relation="related", other_case_number=first["case_number"]
    )
    assert linked.json()["status"] == "verifying"


async def test_a_report_at_the_place_of_a_closed_case_is_linked_as_recurrence(driver: IntakeDriver) -> None:
    before = await driver.file_case()
    closed = CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM)
    await driver.installation.publish("supervision", before["case_id"], closed)

    async def ended() -> bool:
        return (await driver.state(before)).ended_at is not None

    await wait_until(ended, what="the closing at intake")
    again = await driver.file_case()
    assert await driver.types(again) == ["report_received", "case_linked", "case_filed"]
    assert (await driver.types(before))[-1] == "case_linked"


async def test_a_report_of_a_resident_is_verified_and_then_filed(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", photos=[])
    task = (await driver.wait_for_status(receipt, "verifying")).task
    assert task is not None
    unseen = await driver.post("shift_lead", f"tasks/{task.task_id}/answer", result="confirmed")
    assert (unseen.status_code, unseen.json()["type"]) == (422, "/problems/visit-not-made")
    answer = await driver.post("shift_lead", f"tasks/{task.task_id}/answer", result="confirmed", note="确有")
    assert (answer.status_code, answer.json()["status"]) == (200, "filed")
    again = await driver.post("shift_lead", f"tasks/{task.task_id}/answer", result="not_found")
    assert again.status_code == 404


async def test_an_officer_sees_only_own_tasks_and_answers_them_once(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", photos=[])
    task = (await driver.wait_for_status(receipt, "verifying")).task
    assert task is not None
    officer, other = await driver.client_of("officer"), await driver.client_of("lane_lead")
    mine = [item["task_id"] for item in (await officer.get("/api/intake/tasks")).json()["items"]]
    assert mine == ([str(task.task_id)] if task.officer_id in (None, "officer-jincheng-05") else [])
    photos = [await driver.photo("officer", colour, role) for colour, role in (("red", "near"), ("blue", "far"))]
    path, body = f"/api/intake/tasks/{task.task_id}/answer", {"result": "confirmed", "photos": photos}
    assert (await other.post(path, json=body)).json()["type"] == "/problems/not-allowed"
    key = {"idempotency-key": str(uuid4())}
    answers = [await officer.post(path, json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await driver.types(receipt)).count("verification_recorded") == 1


async def test_situation_16_three_reports_with_nothing_found_create_a_joint_case(driver: IntakeDriver) -> None:
    receipts: list[dict[str, Any]] = []
    for _ in range(3):
        receipt = await driver.submit_accepted(
            "", category_id="GB47678-5-2026/matter/09001", condition_id="09001-1", photos=[]
        )
        task = (await driver.wait_for_status(receipt, "verifying")).task
        assert task is not None
        path, seen = f"tasks/{task.task_id}/answer", [await driver.photo("shift_lead", role="far")]
        silent = await driver.post("shift_lead", path, result="not_found", photos=seen)
        assert silent.json()["type"] == "/problems/absence-not-shown"
        answer = await driver.post("shift_lead", path, result="not_found", note="已离开", photos=seen)
        assert answer.json()["status"] == "not_filed"
        receipts.append(receipt)
    link = (await driver.state(receipts[2])).parent()
    assert link is not None
    parent = {"case_id": str(link.case_id), "case_number": link.number}
    events = await driver.events_of(parent)
    assert [kind for kind, _ in events] == [
        "report_received",
        "case_linked",
        "case_linked",
        "case_linked",
        "case_filed",
    ]
    assert events[-1][1]["joint"] is True


async def test_situation_19_a_settlement_whose_sample_fails_is_filed(driver: IntakeDriver) -> None:
    photos = [await driver.photo(colour="red", role="before"), await driver.photo(colour="blue", role="after")]
    receipt = await driver.submit_accepted(photos=photos, settlement={"what_was_done": "当场清理"})
    await driver.wait_for_status(receipt, "settled")
    clerk = await driver.client_of("intake_clerk")
    waiting = (await clerk.get("/api/intake/queue", params={"kind": "settlement"})).json()["items"]
    assert [item["case"]["case_number"] for item in waiting] == [receipt["case_number"]]
    answer = await driver.post("intake_clerk", f"cases/{receipt['case_id']}/settlement", approved=True)
    assert answer.json()["settlement_approved"] is True
    assert (await clerk.get("/api/intake/queue")).json()["items"] == []
    await driver.installation.publish("supervision", receipt["case_id"], SampleFailed(task_id=uuid4(), note="仍有残留"))
    await driver.wait_for_status(receipt, "filed")
    assert (await driver.events_of(receipt))[-1][1]["handler_officer_id"] == "officer-jincheng-05"


async def test_situation_23_an_inquiry_is_answered_with_an_article(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted(
        "intake_clerk",
        category_id="LOCAL-370522/matter/14001",
        condition_id=None,
        request_type="inquiry",
        description="高龄补贴怎么办",
        photos=[],
    )
    await driver.wait_for_status(receipt, "awaiting_filing")
    article = next(iter(driver.intake.context.district.knowledge))
    answer = await driver.post("intake_clerk", f"cases/{receipt['case_id']}/answer", knowledge_id=article)
    assert (answer.status_code, answer.json()["status"]) == (200, "answered")
    assert (await driver.types(receipt))[-1] == "case_answered"


async def test_an_impossible_command_lists_the_possible_ones_and_an_old_version_is_refused(
    driver: IntakeDriver,
) -> None:
    receipt = await driver.file_case()
    clerk = await driver.client_of("intake_clerk")
    path = f"/api/intake/cases/{receipt['case_id']}"
    wrong = await clerk.post(f"{path}/not-file", json={"reason": "not_ours"})
    assert wrong.status_code == 409
    assert wrong.json()["possible"] == ["correct", "attach", "link", "split"], "only the shift lead may void"
    assert (await clerk.post(f"{path}/void", json={"note": "误报"})).status_code == 403
    lead = await driver.client_of("shift_lead")
    late = await lead.post(f"{path}/void", json={"note": "误报"}, headers={"if-match": '"1"'})
    assert late.status_code == 412
    done = await lead.post(f"{path}/void", json={"note": "误报"}, headers={"if-match": '"2"'})
    again = await lead.post(f"{path}/void", json={"note": "误报"})
    assert [done.json()["status"], again.json()["status"]] == ["voided", "voided"]
    assert (await clerk.get("/api/intake/cases/LJ-20260101-000001")).status_code == 404
    assert (await clerk.post(f"/api/intake/cases/{uuid4()}/withdraw", json={"note": "x"})).status_code == 404


async def test_a_report_accepted_before_a_crash_is_triaged_by_the_next_process(driver: IntakeDriver) -> None:
    """The first process has no triage, as if it had been killed right after the response."""
    await driver.installation.stop("intake")
    bare = replace(SERVICE, events={}, workers={})
    driver.intake = await driver.installation.start(bare)
    await wait_until(lambda: driver.intake.context.district_or_none is not None, what="the district")
    receipt = await driver.submit_accepted(photos=[await driver.photo()])
    assert (await driver.state(receipt)).status == "reported"
    await driver.installation.stop("intake")
    driver.intake = await driver.installation.start(SERVICE)
    await driver.wait_for_status(receipt, "filed")


async def test_b1_accepting_a_report_takes_two_round_trips(driver: IntakeDriver) -> None:
    """One looks up a stored response, the other writes everything."""
    photos = [await driver.photo()]
    await driver.file_case(reporter={"phone": "13812345678"})
    pool, seen = driver.intake.context.database, list[str]()
    async with AsyncExitStack() as acquired:
        for _ in range(pool.get_max_size()):
            connection = await acquired.enter_async_context(pool.acquire())
            connection.add_query_logger(lambda record: seen.append(" ".join(record.query.split())))
    for number in range(20):
        key = {"idempotency-key": str(uuid4())}
        await driver.submit_accepted(
            photos=photos,
            headers=key,
            location=location_in("370522001004007", number * 60),
            reporter={"phone": "13812345678"},
        )
    written = [each for each in seen if "row_0 AS (INSERT INTO aggregate" in each]
    looked_up = [each for each in seen if each.startswith("SELECT request_sha256, status")]
    assert len(written) <= 20
    assert len(looked_up) <= 20
    accepting = [each for each in seen if "stored_response" in each or "case_serial" in each or "INTO reporter" in each]
    assert len(accepting) <= len(written) + len(looked_up) + 1, "one more statement fetches fifty serials"


async def test_case_numbers_have_the_date_of_the_district_and_are_unique(driver: IntakeDriver) -> None:
    photos, zone = [await driver.photo()], driver.intake.context.district.zone
    before = datetime.now(UTC)
    receipts = [await driver.submit_accepted(photos=photos) for _ in range(3)]
    days = [f"{moment.astimezone(zone):%Y%m%d}" for moment in (before, datetime.now(UTC))]  # two, at midnight
    numbers = [receipt["case_number"] for receipt in receipts]
    assert len(set(numbers)) == 3
    assert {number.split("-")[1] for number in numbers} <= set(days)


async def test_categories_are_suggested_for_a_description(driver: IntakeDriver) -> None:
    clerk = await driver.client_of("intake_clerk")
    answer = await clerk.post("/api/intake/suggestions", json={"description": "路灯三盏不亮，夜里很黑。"})
    assert answer.status_code == 200, answer.text
    first = answer.json()[0]
    assert first["id"] == "GB47678-5-2026/matter/01037"
    assert (first["name_en"], first["fileable"]) == ("Street light problem", True)
    assert "不亮" in first["words"]
    lamp = {"description": "", "component_id": "37052201037000001"}
    assert (await clerk.post("/api/intake/suggestions", json=lamp)).json()[0]["id"] == first["id"]
    somewhere = {"description": "河水发黑", "location": location_in("370522002002802")}
    assert (await clerk.post("/api/intake/suggestions", json=somewhere)).json()[0]["id"].endswith("/06026")
    for wrong in ({"component_id": "37052201037999999"}, {"grid_code": "370522001001999"}):
        assert (await clerk.post("/api/intake/suggestions", json={"description": "", **wrong})).status_code == 422
    assert await driver.intake.context.database.fetchval("SELECT count(*) FROM report") == 0


async def test_a_report_of_a_category_without_condition_waits_for_the_desk_with_suggestions(
    driver: IntakeDriver,
) -> None:
    unlisted = "GB47678-5-2026/matter/01068"
    photos = [await driver.photo()]
    receipt = (await driver.submit(category_id=unlisted, condition_id=None, photos=photos)).json()
    await driver.wait_for_status(receipt, "awaiting_filing")
    lead = await driver.client_of("shift_lead")
    url = f"/api/intake/cases/{receipt['case_number']}"
    seen = (await lead.get(url)).json()
    assert seen["missing"] == ["condition"]
    assert unlisted in seen["note_en"]
    assert seen["suggested_categories"][0]["id"] == "GB47678-5-2026/matter/06010"
    refused = await lead.post(f"{url}/file", json={"category_id": unlisted})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/category-without-condition")
    filed = await lead.post(f"{url}/file", json={"category_id": "GB47678-5-2026/matter/06010"})
    assert (filed.status_code, filed.json()["status"]) == (200, "filed")
