"""Hand-overs to emergency services: the envelope reaches them, and their answers come back in it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

from standardwebhooks.webhooks import Webhook

from contracts.events.acceptance import CaseLinked, CaseNotFiled
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.command import Assignment, HandoverTarget
from contracts.events.discovery import External
from contracts.events.supervision import CaseClosed
from contracts.handover import Handover, HandoverCaller, HandoverLink
from contracts.webhooks import HandoverMessage
from services.chassis import http_client
from services.dispatch.domain.delivery.cap import NAMESPACE
from tests.support.dispatch_driver import DispatchDriver, register_endpoint, report_received
from tests.support.handovers import answer_of_fire_brigade, create_signing_key
from tests.support.integrators_guide import python_functions
from tests.support.receivers import Receiver, answer, echo, receiver
from tests.support.waiting import wait_until
from tests.unit.dispatch.sample_events import BEFORE, DESK, REPORT, filed, routed


async def messages(there: Receiver, count: int) -> list[bytes]:
    """Wait for so many messages, tests of the endpoint apart, and return their bodies."""

    def enough() -> list[bytes] | None:
        found = [each.body for each in there.got if b"endpoint.test" not in each.body]
        return found if len(found) >= count else None

    return await wait_until(enough, what=f"{count} messages")


async def hand_over_case(driver: DispatchDriver, mode: str = "actual", **report: Any) -> tuple[UUID, UUID]:
    """Dispatch a case to sanitation and to the fire brigade. Return the case and the fire brigade's dispatch."""
    case_id, now = uuid4(), driver.dispatch.context.clock.now()
    await driver.receive(
        case_id,
        report_received(now, **{"report_id": REPORT, "channel": "resident", "mode": mode, **report}),
        filed(reported_at=now, case_due_at=now, emergency=True),
        routed(
            Assignment(unit_id="sanitation", role="lead"),
            Assignment(unit_id="fire", role="first_response", handover=HandoverTarget(agency="119")),
        ),
    )
    dispatch_id = await driver.dispatch.context.database.fetchval(
        "SELECT id FROM dispatch WHERE case_id = $1 AND unit_id = 'fire'", case_id
    )
    return case_id, dispatch_id


async def test_the_envelope_reaches_the_emergency_service_and_its_answers_change_the_dispatch(
    driver: DispatchDriver,
) -> None:
    async with receiver(echo) as there, driver.client_of_unit("fire") as fire:
        created = await register_endpoint(fire, there, kind="emergency")
        case_id, order = await hand_over_case(driver)
        (body,) = await messages(there, 1)
        assert Webhook(created["secret"]).verify(body, there.got[-1].headers)
        alert = HandoverMessage.model_validate_json(body).data
        assert (alert.id, alert.kind, alert.mode) == (str(order), "Alert", "Actual")
        assert alert.requested is not None
        assert (alert.requested.agency, alert.case.code) == ("119", "06010")
        ack = answer_of_fire_brigade(order, "Ack", handover={"accepted_by": "119 指挥中心 07 席"})
        answers = [await fire.post("/handovers", json=ack, headers={"idempotency-key": ack["id"]}) for _ in range(2)]
        assert [each.status_code for each in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["status"] == "handling"
        added = InformationAdded(report_id=REPORT, text="屋内还有一人", photos=(BEFORE,), added_by=DESK)
        await driver.receive(case_id, added)
        update = HandoverMessage.model_validate_json((await messages(there, 2))[-1]).data
        assert (update.kind, update.references, update.note) == ("Update", (str(order),), "屋内还有一人")
        assert update.attachments[0].url.startswith("http"), "attachments have an address"
        done = await fire.post("/handovers", json=answer_of_fire_brigade(order, "Result", note="无明火，已通风"))
        assert done.json()["status"] == "completed"
    assert await driver.published(case_id) == [
        "command.case_dispatched.v1",
        "command.case_dispatched.v1",
        "handling.dispatch_signed.v1",
        "handling.work_completed.v1",
    ]


async def test_a_result_after_the_end_of_the_case_is_accepted(driver: DispatchDriver) -> None:
    """The emergency service finishes its own work after the `Ack`, whatever happens to the case."""
    async with driver.client_of_unit("fire") as fire:
        case_id, order = await hand_over_case(driver)
        await fire.post("/handovers", json=answer_of_fire_brigade(order, "Ack"))
        await driver.receive(case_id, CaseClosed(outcome="solved", closing_condition_met=True, closed_by=DESK))
        listed = {state: (await fire.get("/dispatches", params={"state": state})).json() for state in ("open", "done")}
        assert listed["open"]["items"] == []
        (kept,) = listed["done"]["items"]
        assert (kept["status"], kept["possible"]) == ("handling", ["progress", "complete"])
        told = [
            await fire.post("/handovers", json=answer_of_fire_brigade(order, kind, note="无复燃"))
            for kind in ("Update", "Result")
        ]
        assert [(each.status_code, each.json()["status"]) for each in told] == [(200, "handling"), (200, "completed")]
    assert (await driver.published(case_id))[3:] == [
        "command.dispatch_withdrawn.v1",
        "handling.progress_reported.v1",
        "handling.work_completed.v1",
    ]


async def test_every_answer_stores_its_note_and_its_attachments(driver: DispatchDriver) -> None:
    attached = [{"url": "https://119.example/smoke.jpg", "sha256": "c" * 64}]
    said = "{} 对方附件 Their attachments (1): https://119.example/smoke.jpg".format
    async with driver.client_of_unit("fire") as fire:
        case_id, order = await hand_over_case(driver)
        for kind in ("Ack", "Ack", "Update", "Result"):
            told = answer_of_fire_brigade(order, kind, note=kind, attachments=attached)
            assert (await fire.post("/handovers", json=told)).status_code == 200
        assert await driver.published_notes(case_id) == [said("Ack"), said("Update"), said("Result")], (
            "a repeated `Ack` is stored once"
        )
        case_id, order = await hand_over_case(driver)
        no = answer_of_fire_brigade(
            order, "Error", note="另见附件", handover={"refused_reason": "无火情"}, attachments=attached
        )
        await fire.post("/handovers", json=no)
        assert await driver.published_notes(case_id) == [said("无火情 另见附件")]


async def test_an_error_message_returns_the_dispatch(driver: DispatchDriver) -> None:
    async with driver.client_of_unit("fire") as fire:
        case_id, order = await hand_over_case(driver)
        refused = await fire.post(
            "/handovers", json=answer_of_fire_brigade(order, "Error", handover={"refused_reason": "无火情，请自行处置"})
        )
        assert (refused.status_code, refused.json()["status"]) == (200, "returned")
    assert (await driver.published(case_id))[-1] == "handling.handover_refused.v1"


async def test_a_message_that_answers_none_of_its_dispatches_is_refused(driver: DispatchDriver) -> None:
    _, order = await hand_over_case(driver)
    async with driver.client_of_unit("fire") as fire, driver.client_of_unit("sanitation") as other:
        told = {
            "new matter": await fire.post("/handovers", json=answer_of_fire_brigade(order, "Alert")),
            "nobody took it": await fire.post("/handovers", json=answer_of_fire_brigade(order, "Ack", handover={})),
            "no reference": await fire.post("/handovers", json=answer_of_fire_brigade(order, "Ack", references=[])),
            "exercise": await fire.post("/handovers", json=answer_of_fire_brigade(order, "Ack", mode="Exercise")),
            "not theirs": await other.post("/handovers", json=answer_of_fire_brigade(order, "Ack")),
        }
    assert {what: (each.status_code, each.json()["type"]) for what, each in told.items()} == {
        "new matter": (422, "/problems/not-an-answer"),
        "nobody took it": (422, "/problems/accepted-by-missing"),
        "no reference": (422, "/problems/reference-missing"),
        "exercise": (409, "/problems/other-mode"),
        "not theirs": (404, "/problems/dispatch-unknown"),
    }


async def test_an_endpoint_with_the_format_cap_receives_cap(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit("fire") as fire:
        await register_endpoint(fire, there, kind="emergency", format="cap")
        there.behaviour = answer()
        await hand_over_case(driver)
        (body,) = await messages(there, 1)
        assert there.got[-1].headers["content-type"] == "application/cap+xml"
        assert ET.fromstring(body).tag == f"{{{NAMESPACE}}}alert"


async def test_only_emergency_services_have_emergency_endpoints(driver: DispatchDriver) -> None:
    async with driver.client_of_unit("sanitation") as web:
        for fields in ({"kind": "emergency"}, {"format": "cap"}):
            refused = await web.post("/endpoints", json={"url": "http://127.0.0.1:9/", **fields})
            assert (refused.status_code, refused.json()["type"]) == (422, "/problems/no-emergency-endpoint")


async def test_an_exercise_reaches_only_endpoints_that_take_exercises(driver: DispatchDriver) -> None:
    """A later recovery does not send it to other endpoints either."""
    async with (
        receiver(echo) as real,
        receiver(echo) as drill,
        receiver(echo) as units,
        driver.client_of_unit("fire") as fire,
        driver.client_of_unit("sanitation") as web,
    ):
        quiet = await register_endpoint(fire, real, kind="emergency")
        await register_endpoint(fire, drill, kind="emergency", takes_exercises=True)
        await register_endpoint(web, units)
        await hand_over_case(driver, "exercise")
        (body,) = await messages(drill, 1)
        assert json.loads(body)["data"]["mode"] == "Exercise"
        recovered = await fire.post(
            f"/endpoints/{quiet['id']}/recover", json={"since": driver.installation.now().replace(hour=0).isoformat()}
        )
        assert recovered.json()["messages"] == 0, recovered.text
        await hand_over_case(driver)
        (after,) = await messages(real, 1)
        assert json.loads(after)["data"]["mode"] == "Actual"
        assert [json.loads(each)["data"]["mode"] for each in await messages(units, 1)] == ["actual"]
        await messages(drill, 2)  # the real one too


async def test_the_sender_of_a_hand_over_learns_whether_it_was_accepted_and_the_result(driver: DispatchDriver) -> None:
    outside = {"channel": "emergency", "external": External(channel_number="119", number="119-0007")}
    async with receiver(echo) as there, driver.client_of_unit("fire") as fire:
        await register_endpoint(fire, there, kind="emergency")
        taken, _ = await hand_over_case(driver, **outside)
        said = [HandoverMessage.model_validate_json(each).data for each in await messages(there, 2)]
        ack = next(each for each in said if each.kind == "Ack")
        assert (ack.references, ack.handover.accepted_by is not None) == (("119-0007",), True)
        now, case_id = driver.dispatch.context.clock.now(), uuid4()
        await driver.receive(
            case_id,
            report_received(now, report_id=REPORT, case_number="LJ-20261123-000002", **outside),
            CaseNotFiled(reason="outside_area", note="在邻县", decided_by=DESK),
        )
        last = HandoverMessage.model_validate_json((await messages(there, 3))[-1]).data
        assert (last.kind, last.handover.refused_reason) == ("Error", "在邻县")
        assert last.case.number == "LJ-20261123-000002"
        await driver.receive(
            taken,
            CaseLinked(relation="child", other_case_id=case_id, other_case_number="LJ-20261123-000002"),
            CaseClosed(outcome="solved", closing_condition_met=True, closed_by=DESK),
        )
        said = [HandoverMessage.model_validate_json(each).data for each in (await messages(there, 6))[3:]]
        result = next(each for each in said if each.references == ("119-0007",))
        assert (result.kind, result.case.number, result.note) == ("Result", "LJ-20261123-000001", "已解决 Solved")
        assert result.link == HandoverLink(direction="CHILD", other_id="LJ-20261123-000002")


async def test_a_key_that_must_sign_needs_a_signature_for_each_answer(driver: DispatchDriver) -> None:
    """A signed request has no effect when it is replayed to another dispatch."""
    key, secret = await create_signing_key(
        driver.installation, "dispatch", roles=["unit_clerk", "handler"], unit="fire"
    )
    signed = python_functions()["signature_headers"]
    (case_id, order), (other_case, other) = await hand_over_case(driver), await hand_over_case(driver)
    ack = answer_of_fire_brigade(order, "Ack")
    body, paths = json.dumps(ack).encode(), ("/handovers", f"/dispatches/{order}/sign")
    async with http_client.create_client(base_url=f"{driver.dispatch.url}/api/dispatch", headers=key) as fire:
        assert [(await fire.post(path, content=body)).status_code for path in paths] == [401, 401]
        taken = await fire.post("/handovers", content=body, headers=signed(secret, ack["id"], body))
        assert (taken.status_code, taken.json()["status"]) == (200, "handling"), taken.text
        headers = signed(secret, "working-1", b'{"note": "on the way"}')
        for path in (f"/dispatches/{order}/progress", f"/dispatches/{other}/progress"):
            answered = await fire.post(path, content=b'{"note": "on the way"}', headers=headers)
            assert (answered.status_code, answered.json()["status"]) == (200, "handling"), answered.text
    assert (await driver.published(case_id))[2:] == ["handling.dispatch_signed.v1", "handling.progress_reported.v1"]
    assert (await driver.published(other_case))[2:] == []


def test_the_envelope_has_no_field_for_the_reporters_contact() -> None:
    """It has only a masked number, and an address at which the unit requests it if the reporter agreed."""
    assert set(HandoverCaller.model_fields) == {"masked", "contact_url"}
    assert "reporter" not in Handover.model_fields
