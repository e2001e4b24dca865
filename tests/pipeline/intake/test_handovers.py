"""Hand-overs that an emergency service sends to us."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from services.chassis import http_client
from tests.support.handovers import create_signing_key
from tests.support.intake_driver import IntakeDriver, jpeg, location_in
from tests.support.integrators_guide import python_functions


def alert(**fields: Any) -> dict[str, Any]:
    """Return the request with which the platform of 110 hands a matter over."""
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


async def test_a_hand_over_becomes_a_report_of_the_channel_emergency(driver: IntakeDriver) -> None:
    web = await driver.client_of("emergency")
    answers = [
        await web.post("/api/intake/handovers", json=alert(), headers={"idempotency-key": "110-370522-0009"})
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [202, 202], answers[0].text
    assert answers[0].json()["case_number"] == answers[1].json()["case_number"]
    (name, body), *_ = await driver.events_of(answers[0].json())
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
    await driver.wait_for_status(second, "filed")
    events = dict(await driver.events_of(second))
    assert events["case_linked"]["other_case_number"] == answers[0].json()["case_number"]
    assert (events["case_filed"]["emergency"], "99999" in events["case_filed"]["description"]) == (True, True)


async def test_an_exercise_stays_an_exercise_and_is_not_attached_to_a_real_case(driver: IntakeDriver) -> None:
    web = await driver.client_of("emergency")
    real = (await web.post("/api/intake/handovers", json=alert())).json()
    drill = (await web.post("/api/intake/handovers", json=alert(mode="Exercise"))).json()
    assert (await driver.events_of(drill))[0][1]["mode"] == "exercise"
    await driver.wait_for_status(real, "awaiting_filing")
    assert (await driver.wait_for_status(drill, "awaiting_filing")).report is not None
    assert "case_attached" not in await driver.types(drill)
    clerk = await driver.client_of("intake_clerk")
    for mode, expected in (("actual", real), ("exercise", drill)):
        items = (await clerk.get("/api/intake/queue", params={"mode": mode})).json()["items"]
        found = [(item["case"]["case_number"], item["case"]["mode"]) for item in items]
        assert found == [(expected["case_number"], mode)], "not listed among the other mode"


async def test_an_update_adds_to_the_report_and_a_cancellation_withdraws_it(driver: IntakeDriver) -> None:
    """The report is found by the sender's number. After filing, a cancellation is added as information."""
    web = await driver.client_of("emergency")

    async def send(kind: str, number: str, note: str = "", grid: str = "370522001003005") -> Any:
        place = {name: location_in(grid)[name] for name in ("longitude", "latitude")}
        case = {**alert()["message"]["case"], "number": number, "location": place}
        sent = await web.post("/api/intake/handovers", json=alert(kind=kind, case=case, note=note))
        assert sent.status_code == 202, sent.text
        return sent.json()

    early, late = await send("Alert", "110-1"), await send("Alert", "110-2", grid="370522001006004")
    assert (await send("Alert", "110-1"))["case_number"] == early["case_number"]
    assert (await send("Update", "110-1", "车主电话 13812345678"))["case_number"] == early["case_number"]
    added = dict(await driver.events_of(early))["information_added"]
    assert "13812345678" not in added["text"]
    await send("Cancel", "110-1", "误报")
    assert dict(await driver.events_of(early))["case_withdrawn"]["note"] == "误报"
    await driver.wait_for_status(late, "awaiting_filing")
    filed = await driver.post(
        "shift_lead",
        f"cases/{late['case_number']}/file",
        category_id="GB47678-5-2026/matter/06028",
        condition_id="06028-1",
    )
    assert filed.status_code == 200, filed.text
    await send("Cancel", "110-2", "误报")
    assert "误报" in dict(await driver.events_of(late))["information_added"]["text"]


async def test_a_message_that_is_no_hand_over_of_an_emergency_service_is_refused(driver: IntakeDriver) -> None:
    web, about = await driver.client_of("emergency"), alert()["message"]["case"]
    told = {
        "answer": await web.post("/api/intake/handovers", json=alert(kind="Ack")),
        "never heard of": await web.post("/api/intake/handovers", json=alert(kind="Update")),
        "stranger": await web.post(
            "/api/intake/handovers", json=alert(sender={"division": "370522", "organisation": "sanitation"})
        ),
        "not a platform": await (await driver.client_of("officer")).post("/api/intake/handovers", json=alert()),
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
    assert unheard_of.status_code == 202, "an unknown code is no reason to refuse"


async def test_a_key_that_must_sign_does_nothing_without_a_signature(driver: IntakeDriver) -> None:
    """The function of the integrators' guide signs. A replayed request gets the first response."""
    key, secret = await create_signing_key(driver.installation, "intake", channels=["emergency"])
    signed, web = (
        python_functions()["signature_headers"],
        http_client.create_client(base_url=driver.intake.url, headers=key),
    )
    message = alert()
    body, message_id = json.dumps(message).encode(), message["message"]["id"]
    report = {"channel": "emergency", "description": "-", "location": location_in("370522001003005")}

    async def send(
        headers: dict[str, str], content: bytes = body, path: str = "/api/intake/handovers"
    ) -> tuple[int, str, str]:
        answer = await web.post(path, content=content, headers=headers)
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
        assert looked.status_code == 404, "reading needs only the key"
