"""移交 on real parts: the envelope reaches emergency services, theirs reaches us, and exercises reach nobody
who moves.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from contracts.events.acceptance import CaseLinked, CaseNotFiled
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.command import Assignment, HandoverTarget
from contracts.events.discovery import External, ReportReceived
from contracts.events.supervision import CaseClosed
from contracts.handover import Handover, HandoverCaller, HandoverLink
from contracts.webhooks import HandoverMessage
from services.chassis import http_client
from services.dispatch.app import SERVICE
from services.dispatch.domain.delivery.cap import NAMESPACE
from tests.pipeline.test_dispatch import DispatchDriver
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, jpeg, location_in, open_intake_driver
from tests.support.integrators_guide import python_functions
from tests.support.receivers import Receiver, answer, echo, receiver
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.shared_installations import SharedInstallations
from tests.unit.dispatch.kit import BEFORE, DESK, REPORT, filed, routed


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[DispatchDriver]:
    await start_with_sample_district(shared_installation, SERVICE)
    return DispatchDriver(shared_installation, shared_installation.running["dispatch"])


async def registered(web: httpx.AsyncClient, there: Receiver, **fields: Any) -> dict[str, Any]:
    """An endpoint that has proven itself."""
    answer = await web.post("/endpoints", json={"url": there.url, **fields})
    assert answer.status_code == 201, answer.text

    await web.post(f"/endpoints/{answer.json()['id']}/test")  # at once: the secret is ours

    async def verified() -> bool:
        return (await web.get(f"/endpoints/{answer.json()['id']}")).json()["state"] == "verified"

    await wait_until(verified, what="the endpoint's proof")
    return answer.json()


def bodies(there: Receiver) -> list[bytes]:
    """What came, without the proof."""
    return [each.body for each in there.got if b"endpoint.test" not in each.body]


async def came(there: Receiver, count: int) -> list[bytes]:
    return await wait_until(lambda: _enough(there, count), what=f"{count} messages")


async def _enough(there: Receiver, count: int) -> list[bytes] | None:
    found = bodies(there)
    return found if len(found) >= count else None


async def handed_over(driver: DispatchDriver, mode: str = "actual", **reported: Any) -> tuple[UUID, UUID]:
    """A case whose plan calls the fire brigade beside sanitation: the case and the fire brigade's order."""
    case_id, now = uuid4(), driver.dispatch.context.clock.now()
    await driver.receive(
        case_id,
        ReportReceived.model_validate(
            {
                "report_id": REPORT,
                "case_number": "LJ-20261123-000001",
                "channel": "resident",
                "occurred_at": now,
                "reported_at": now,
                "registered_at": now,
                "reported_by": DESK,
                "mode": mode,
                **reported,
            }
        ),
        filed(reported_at=now, case_due_at=now, emergency=True),
        routed(
            Assignment(unit_id="sanitation", role="lead"),
            Assignment(unit_id="fire", role="first_response", handover=HandoverTarget(agency="119")),
        ),
    )
    order = await driver.dispatch.context.database.fetchval(
        "SELECT id FROM dispatch WHERE case_id = $1 AND unit_id = 'fire'", case_id
    )
    return case_id, order


def answer_to(order: UUID, kind: str, **fields: Any) -> dict[str, Any]:
    """What the fire brigade's platform sends."""
    return {
        "id": str(uuid4()),
        "sender": {"division": "370522", "organisation": "119"},
        "sent": "2026-11-23T09:03:00+08:00",
        "kind": kind,
        "references": [str(order)],
        "case": {"number": "119-20261123-0007"},
        "handover": {"accepted_by": "119 指挥中心 07 席"},
        **fields,
    }


async def test_the_envelope_reaches_the_service_signed_and_its_answers_come_back_in_it(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit("fire") as fire:
        created = await registered(fire, there, kind="emergency")
        case_id, order = await handed_over(driver)
        (body,) = await came(there, 1)
        assert Webhook(created["secret"]).verify(body, there.got[-1].headers)
        alert = HandoverMessage.model_validate_json(body).data
        assert (alert.id, alert.kind, alert.mode) == (str(order), "Alert", "Actual")
        assert alert.requested is not None
        assert (alert.requested.agency, alert.case.code) == ("119", "06010")
        ack = answer_to(order, "Ack", handover={"accepted_by": "119 指挥中心 07 席"})
        answers = [await fire.post("/handovers", json=ack, headers={"idempotency-key": ack["id"]}) for _ in range(2)]
        assert [each.status_code for each in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["status"] == "handling"
        added = InformationAdded(report_id=REPORT, text="屋内还有一人", photos=(BEFORE,), added_by=DESK)
        await driver.receive(case_id, added)
        update = HandoverMessage.model_validate_json((await came(there, 2))[-1]).data
        assert (update.kind, update.references, update.note) == ("Update", (str(order),), "屋内还有一人")
        assert update.attachments[0].url.startswith("http"), "an address, as everywhere"
        done = await fire.post("/handovers", json=answer_to(order, "Result", note="无明火，已通风"))
        assert done.json()["status"] == "completed"
    assert await driver.published(case_id) == [
        "command.case_dispatched.v1",
        "command.case_dispatched.v1",
        "handling.dispatch_signed.v1",
        "handling.work_completed.v1",
    ]


async def test_a_result_that_comes_after_our_end_is_taken(driver: DispatchDriver) -> None:
    """The fire is out long after the road is open again: it was theirs from the `Ack` on."""
    async with driver.unit("fire") as fire:
        case_id, order = await handed_over(driver)
        await fire.post("/handovers", json=answer_to(order, "Ack"))
        await driver.receive(case_id, CaseClosed(outcome="solved", closing_condition_met=True, closed_by=DESK))
        listed = {state: (await fire.get("/dispatches", params={"state": state})).json() for state in ("open", "done")}
        assert listed["open"]["items"] == []
        (kept,) = listed["done"]["items"]
        assert (kept["status"], kept["possible"]) == ("handling", ["progress", "complete"])
        told = [
            await fire.post("/handovers", json=answer_to(order, kind, note="无复燃")) for kind in ("Update", "Result")
        ]
        assert [(each.status_code, each.json()["status"]) for each in told] == [(200, "handling"), (200, "completed")]
    assert (await driver.published(case_id))[3:] == [
        "command.dispatch_withdrawn.v1",
        "handling.progress_reported.v1",
        "handling.work_completed.v1",
    ]


async def test_nothing_of_an_envelope_is_dropped(driver: DispatchDriver) -> None:
    """Whatever the kind: words, and that there are attachments and where they lie."""
    attached = [{"url": "https://119.example/smoke.jpg", "sha256": "c" * 64}]
    said = "{} 对方附件 Their attachments (1): https://119.example/smoke.jpg".format
    async with driver.unit("fire") as fire:
        case_id, order = await handed_over(driver)
        for kind in ("Ack", "Ack", "Update", "Result"):
            told = answer_to(order, kind, note=kind, attachments=attached)
            assert (await fire.post("/handovers", json=told)).status_code == 200
        assert await driver.published_notes(case_id) == [said("Ack"), said("Update"), said("Result")], (
            "an `Ack` twice is one"
        )
        case_id, order = await handed_over(driver)
        no = answer_to(order, "Error", note="另见附件", handover={"refused_reason": "无火情"}, attachments=attached)
        await fire.post("/handovers", json=no)
        assert await driver.published_notes(case_id) == [said("无火情 另见附件")]


async def test_a_refusal_in_the_envelope_is_one(driver: DispatchDriver) -> None:
    async with driver.unit("fire") as fire:
        case_id, order = await handed_over(driver)
        refused = await fire.post(
            "/handovers", json=answer_to(order, "Error", handover={"refused_reason": "无火情，请自行处置"})
        )
        assert (refused.status_code, refused.json()["status"]) == (200, "returned")
    assert (await driver.published(case_id))[-1] == "handling.handover_refused.v1"


async def test_what_answers_nothing_of_theirs_is_refused_and_says_what_to_do(driver: DispatchDriver) -> None:
    _, order = await handed_over(driver)
    async with driver.unit("fire") as fire, driver.unit("sanitation") as other:
        told = {
            "new matter": await fire.post("/handovers", json=answer_to(order, "Alert")),
            "nobody took it": await fire.post("/handovers", json=answer_to(order, "Ack", handover={})),
            "no reference": await fire.post("/handovers", json=answer_to(order, "Ack", references=[])),
            "exercise": await fire.post("/handovers", json=answer_to(order, "Ack", mode="Exercise")),
            "not theirs": await other.post("/handovers", json=answer_to(order, "Ack")),
        }
    assert {what: (each.status_code, each.json()["type"]) for what, each in told.items()} == {
        "new matter": (422, "/problems/not-an-answer"),
        "nobody took it": (422, "/problems/accepted-by-missing"),
        "no reference": (422, "/problems/reference-missing"),
        "exercise": (409, "/problems/other-mode"),
        "not theirs": (404, "/problems/dispatch-unknown"),
    }


async def test_who_reads_cap_gets_cap(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit("fire") as fire:
        await registered(fire, there, kind="emergency", format="cap")
        there.behaviour = answer()
        await handed_over(driver)
        (body,) = await came(there, 1)
        assert there.got[-1].headers["content-type"] == "application/cap+xml"
        assert ET.fromstring(body).tag == f"{{{NAMESPACE}}}alert"


async def test_only_emergency_services_have_emergency_endpoints(driver: DispatchDriver) -> None:
    async with driver.unit("sanitation") as web:
        for fields in ({"kind": "emergency"}, {"format": "cap"}):
            refused = await web.post("/endpoints", json={"url": "http://127.0.0.1:9/", **fields})
            assert (refused.status_code, refused.json()["type"]) == (422, "/problems/no-emergency-endpoint")


async def test_an_exercise_reaches_only_endpoints_that_take_exercises(driver: DispatchDriver) -> None:
    """Neither the unit's own system nor 119's hears of it, now or by recovering later, unless it says that it
    wants to.
    """
    async with (
        receiver(echo) as real,
        receiver(echo) as drill,
        receiver(echo) as units,
        driver.unit("fire") as fire,
        driver.unit("sanitation") as web,
    ):
        quiet = await registered(fire, real, kind="emergency")
        await registered(fire, drill, kind="emergency", takes_exercises=True)
        await registered(web, units)
        await handed_over(driver, "exercise")
        (body,) = await came(drill, 1)
        assert json.loads(body)["data"]["mode"] == "Exercise"
        recovered = await fire.post(
            f"/endpoints/{quiet['id']}/recover", json={"since": driver.installation.now().replace(hour=0).isoformat()}
        )
        assert recovered.json()["messages"] == 0, recovered.text
        await handed_over(driver)
        (after,) = await came(real, 1)
        assert json.loads(after)["data"]["mode"] == "Actual"
        assert [json.loads(each)["data"]["mode"] for each in await came(units, 1)] == ["actual"]
        await wait_until(lambda: _enough(drill, 2), what="the real one at the drill's endpoint too")


async def test_who_handed_it_to_us_hears_that_it_was_taken_or_why_not(driver: DispatchDriver) -> None:
    outside = {"channel": "emergency", "external": External(channel_number="119", number="119-0007")}
    async with receiver(echo) as there, driver.unit("fire") as fire:
        await registered(fire, there, kind="emergency")
        taken, _ = await handed_over(driver, **outside)
        said = [HandoverMessage.model_validate_json(each).data for each in await came(there, 2)]
        ack = next(each for each in said if each.kind == "Ack")
        assert (ack.references, ack.handover.accepted_by is not None) == (("119-0007",), True)
        now, case_id = driver.dispatch.context.clock.now(), uuid4()
        await driver.receive(
            case_id,
            ReportReceived.model_validate(
                {
                    "report_id": REPORT,
                    "case_number": "LJ-20261123-000002",
                    "occurred_at": now,
                    "reported_at": now,
                    "registered_at": now,
                    "reported_by": DESK,
                    **outside,
                }
            ),
            CaseNotFiled(reason="outside_area", note="在邻县", decided_by=DESK),
        )
        last = HandoverMessage.model_validate_json((await came(there, 3))[-1]).data
        assert (last.kind, last.handover.refused_reason) == ("Error", "在邻县")
        assert last.case.number == "LJ-20261123-000002"
        await driver.receive(
            taken,
            CaseLinked(relation="child", other_case_id=case_id, other_case_number="LJ-20261123-000002"),
            CaseClosed(outcome="solved", closing_condition_met=True, closed_by=DESK),
        )
        said = [HandoverMessage.model_validate_json(each).data for each in (await came(there, 6))[3:]]
        result = next(each for each in said if each.references == ("119-0007",))
        assert (result.kind, result.case.number, result.note) == ("Result", "LJ-20261123-000001", "已解决 Solved")
        assert result.link == HandoverLink(direction="CHILD", other_id="LJ-20261123-000002")


@pytest.fixture
async def intake_driver(shared_installations: SharedInstallations) -> AsyncIterator[IntakeDriver]:
    found = await open_intake_driver(await shared_installations.get("intake"))
    yield found
    await found.close()


def alert(**fields: Any) -> dict[str, Any]:
    """What 110's platform hands to us."""
    place = location_in("370522001003005")
    return {
        "message": {
            "id": "110-370522-0009",
            "sender": {"division": "370522", "organisation": "public-security"},
            "sent": "2026-11-23T21:00:00+08:00",
            "kind": "Alert",
            "case": {
                "number": "110-20261123-0009",
                "standard": "GB47678-5-2026",
                "kind": "matter",
                "code": "06028",
                "title": "广场舞噪声",
                "description": "噪声扰民，来电 13812345678",
                "location": {"longitude": place["longitude"], "latitude": place["latitude"]},
            },
            **fields,
        },
        "reporter": {"phone": "13812345678", "feedback_wanted": True},
    }


async def test_what_110_hands_over_is_a_report_of_channel_emergency(intake_driver: IntakeDriver) -> None:
    web = await intake_driver.client_of("emergency")
    answers = [
        await web.post("/api/intake/handovers", json=alert(), headers={"idempotency-key": "110-370522-0009"})
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [202, 202], answers[0].text
    assert answers[0].json()["case_number"] == answers[1].json()["case_number"]
    (name, body), *_ = await intake_driver.events_of(answers[0].json())
    assert (name, body["channel"], body["category_id"]) == (
        "report_received",
        "emergency",
        "GB47678-5-2026/matter/06028",
    )
    assert body["external"] == {"channel_number": "110", "number": "110-20261123-0009"}
    assert "13812345678" not in json.dumps(body)
    case = {**alert()["message"]["case"], "number": "110-20261123-0010", "code": "99999", "urgency": "Immediate"}
    link = {"direction": "RELATED", "other_id": "110-20261123-0009"}
    second = (await web.post("/api/intake/handovers", json=alert(case=case, link=link))).json()
    await intake_driver.wait_for_status(second, "filed")
    events = dict(await intake_driver.events_of(second))
    assert events["case_linked"]["other_case_number"] == answers[0].json()["case_number"]
    assert (events["case_filed"]["emergency"], "99999" in events["case_filed"]["description"]) == (True, True)


async def test_an_exercise_of_110_stays_one_and_never_meets_a_real_case(intake_driver: IntakeDriver) -> None:
    web = await intake_driver.client_of("emergency")
    real = (await web.post("/api/intake/handovers", json=alert())).json()
    drill = (await web.post("/api/intake/handovers", json=alert(mode="Exercise"))).json()
    assert (await intake_driver.events_of(drill))[0][1]["mode"] == "exercise"
    await intake_driver.wait_for_status(real, "awaiting_filing")
    assert (await intake_driver.wait_for_status(drill, "awaiting_filing")).report is not None
    assert "case_attached" not in await intake_driver.types(drill)
    clerk = await intake_driver.client_of("intake_clerk")
    for mode, expected in (("actual", real), ("exercise", drill)):
        items = (await clerk.get("/api/intake/queue", params={"mode": mode})).json()["items"]
        found = [(item["case"]["case_number"], item["case"]["mode"]) for item in items]
        assert found == [(expected["case_number"], mode)], "never listed among each other"


async def test_what_they_add_and_take_back_is_heard(intake_driver: IntakeDriver) -> None:
    """By their own number, whatever the key: before it is filed a matter is taken back, afterwards whoever has it is
    told.
    """
    web = await intake_driver.client_of("emergency")

    async def send(kind: str, number: str, note: str = "", grid: str = "370522001003005") -> Any:
        place = {name: location_in(grid)[name] for name in ("longitude", "latitude")}
        case = {**alert()["message"]["case"], "number": number, "location": place}
        sent = await web.post("/api/intake/handovers", json=alert(kind=kind, case=case, note=note))
        assert sent.status_code == 202, sent.text
        return sent.json()

    early, late = await send("Alert", "110-1"), await send("Alert", "110-2", grid="370522001006004")
    assert (await send("Alert", "110-1"))["case_number"] == early["case_number"]
    assert (await send("Update", "110-1", "车主电话 13812345678"))["case_number"] == early["case_number"]
    added = dict(await intake_driver.events_of(early))["information_added"]
    assert "13812345678" not in added["text"]
    await send("Cancel", "110-1", "误报")
    assert dict(await intake_driver.events_of(early))["case_withdrawn"]["note"] == "误报"
    await intake_driver.wait_for_status(late, "awaiting_filing")
    filed = await intake_driver.post(
        "shift_lead",
        f"cases/{late['case_number']}/file",
        category_id="GB47678-5-2026/matter/06028",
        condition_id="06028-1",
    )
    assert filed.status_code == 200, filed.text
    await send("Cancel", "110-2", "误报")
    assert "误报" in dict(await intake_driver.events_of(late))["information_added"]["text"]


async def test_what_is_no_new_matter_of_an_emergency_service_is_refused(intake_driver: IntakeDriver) -> None:
    web, about = await intake_driver.client_of("emergency"), alert()["message"]["case"]
    told = {
        "answer": await web.post("/api/intake/handovers", json=alert(kind="Ack")),
        "never heard of": await web.post("/api/intake/handovers", json=alert(kind="Update")),
        "stranger": await web.post(
            "/api/intake/handovers", json=alert(sender={"division": "370522", "organisation": "sanitation"})
        ),
        "not a platform": await (await intake_driver.client_of("officer")).post("/api/intake/handovers", json=alert()),
    }
    assert {what: (each.status_code, each.json()["type"]) for what, each in told.items()} == {
        "answer": (422, "/problems/not-a-handover"),
        "never heard of": (404, "/problems/handover-unknown"),
        "stranger": (422, "/problems/sender-unknown"),
        "not a platform": (403, "/problems/channel-not-allowed"),
    }
    unheard_of = await web.post(
        "/api/intake/handovers", json=alert(case=about | {"number": "110-9", "code": "9" * 5000})
    )
    assert unheard_of.status_code == 202, "no matter is refused over a code"


async def approved(installation: Installation, approval: str) -> dict[str, Any]:
    """Return the key that a second administrator approved: one that reads a unit's confidential text."""
    bearer = {"authorization": f"Bearer {await access_token(installation, 'administrator_2')}"}
    async with http_client.create_client(
        base_url=f"{installation.running['registry'].url}/api/registry", headers=bearer
    ) as web:
        answer = await web.post(f"/approvals/{approval}/approve")
        assert answer.status_code == 200, answer.text
        (made,) = [each for each in (await web.get("/keys")).json()["items"] if each["name"] == "110"]
    return made


async def asked_to_sign(installation: Installation, service: str, **key: Any) -> tuple[dict[str, str], str]:
    """A new key of which the centre wants a signature, known to the service: the headers that show it, and its
    secret.
    """
    running = installation.running
    bearer = {"authorization": f"Bearer {await access_token(installation, 'administrator')}"}
    async with http_client.create_client(base_url=f"{running['registry'].url}/api/registry", headers=bearer) as web:
        made = await web.post("/keys", json={"name": "110", **key})
        machine_key = made.json().get("machine_key") or await approved(installation, made.json()["approval"]["id"])
        signature = f"/keys/{machine_key['id']}/signature"
        asked = (await web.post(signature, json={"overlap_hours": 0})).json()

    async def known() -> bool:
        return running[service].context.district.release >= asked["release"]

    await wait_until(known, what="the release that asks for a signature")
    return {"authorization": f"Bearer {made.json()['key']}", "content-type": "application/json"}, asked["secret"]


async def test_where_a_signature_is_asked_for_the_key_alone_does_nothing(intake_driver: IntakeDriver) -> None:
    """As the guide says it: its function signs, what is replayed gets the first answer, and no other door needs only
    the key.
    """
    key, secret = await asked_to_sign(intake_driver.installation, "intake", channels=["emergency"])
    signed, web = (
        python_functions()["signature_headers"],
        http_client.create_client(base_url=intake_driver.intake.url, headers=key),
    )
    message = alert()
    body, message_id = json.dumps(message).encode(), message["message"]["id"]
    report = {"channel": "emergency", "description": "-", "location": location_in("370522001003005")}

    async def send(
        headers: dict[str, str], content: bytes = body, door: str = "/api/intake/handovers"
    ) -> tuple[int, str, str]:
        answer = await web.post(door, content=content, headers=headers)
        found, replayed = answer.json(), answer.headers.get("idempotency-replayed", "")
        return answer.status_code, replayed, found.get("type") or found["case_number"]

    async with web:
        for refused in (
            await send({}),
            await send({"idempotency-key": message_id}),
            await send({}, json.dumps(report).encode(), "/api/intake/reports"),
        ):
            assert refused == (401, "", "/problems/signature-missing")
        good = signed(secret, message_id, body)
        assert await send(good, body + b" ") == (401, "", "/problems/signature-wrong")
        taken = await send(good)
        assert taken[0] == 202, taken
        again = {**signed(secret, message_id, body), "idempotency-key": "another"}
        assert await send(again) == (202, "true", taken[2])
        other = json.dumps(alert(note="more")).encode()
        assert await send(signed(secret, message_id, other), other) == (409, "", "/problems/key-reused")
        photo = jpeg()
        name = sha256(photo).hexdigest()
        for headers, status in (({}, 401), (signed(secret, "photo-1", photo), 201)):
            assert (await web.put(f"/api/intake/photos/{name}", content=photo, headers=headers)).status_code == status
        looked = await web.get("/api/intake/reports/00000000-0000-0000-0000-000000000000")
        assert looked.status_code == 404, "to look, the key is enough"


async def test_an_answer_to_our_hand_over_is_signed_where_that_is_asked_for(driver: DispatchDriver) -> None:
    """And where else it is played, nothing comes of it: the signature does not say where to."""
    key, secret = await asked_to_sign(driver.installation, "dispatch", roles=["unit_clerk", "handler"], unit="fire")
    signed = python_functions()["signature_headers"]
    (case_id, order), (other_case, other) = await handed_over(driver), await handed_over(driver)
    ack = answer_to(order, "Ack")
    body, doors = json.dumps(ack).encode(), ("/handovers", f"/dispatches/{order}/sign")
    async with http_client.create_client(base_url=f"{driver.dispatch.url}/api/dispatch", headers=key) as fire:
        assert [(await fire.post(door, content=body)).status_code for door in doors] == [401, 401]
        taken = await fire.post("/handovers", content=body, headers=signed(secret, ack["id"], body))
        assert (taken.status_code, taken.json()["status"]) == (200, "handling"), taken.text
        headers = signed(secret, "working-1", b'{"note": "on the way"}')
        for door in (f"/dispatches/{order}/progress", f"/dispatches/{other}/progress"):
            answered = await fire.post(door, content=b'{"note": "on the way"}', headers=headers)
            assert (answered.status_code, answered.json()["status"]) == (200, "handling"), answered.text
    assert (await driver.published(case_id))[2:] == ["handling.dispatch_signed.v1", "handling.progress_reported.v1"]
    assert (await driver.published(other_case))[2:] == []


def test_the_envelope_has_no_place_for_who_reported() -> None:
    """A starred number and the door at which the unit asks for it, where the reporter agreed: no more."""
    assert set(HandoverCaller.model_fields) == {"masked", "contact_url"}
    assert "reporter" not in Handover.model_fields
