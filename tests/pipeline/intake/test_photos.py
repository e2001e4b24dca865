"""Photos: the cases that name a photo decide who may see it."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
import pytest

from contracts.common import Actor, Photo
from contracts.events.handling import WorkCompleted
from services.intake.store import personal_data
from services.intake.store.encryption import PersonalDataVault
from services.intake.store.photo_store import PhotoStore
from services.intake.workers.erasing import erase_once
from tests.support.case_events import dispatched
from tests.support.intake_driver import IntakeDriver, jpeg
from tests.support.sample_district import CONFIDENTIAL_CATEGORY, access_token
from tests.support.waiting import wait_until


async def photo_status(driver: IntakeDriver, who: str, photo: dict[str, str]) -> int:
    """Return the status with which a photo is answered to this caller."""
    return (await (await driver.client_of(who)).get(f"/api/intake/photos/{photo['sha256']}")).status_code


async def account_id(driver: IntakeDriver, who: str) -> str:
    """Return the id of an account in events."""
    return jwt.decode(await access_token(driver.installation, who), options={"verify_signature": False})["sub"]


async def test_only_the_sender_sees_a_photo_until_a_case_names_it(driver: IntakeDriver) -> None:
    photo = await driver.photo()
    assert await photo_status(driver, "officer", photo) == 200
    assert [await photo_status(driver, who, photo) for who in ("officer_2", "shift_lead", "unit_clerk")] == [
        404,
        404,
        404,
    ]
    await driver.submit_accepted(photos=[photo])
    assert [await photo_status(driver, who, photo) for who in ("officer", "shift_lead", "unit_clerk")] == [
        200,
        200,
        200,
    ]
    assert await driver.intake.context.database.fetchval("SELECT count(*) FROM photo_upload WHERE NOT named") == 0


async def test_a_report_does_not_wait_for_another_one_with_the_same_photos(driver: IntakeDriver) -> None:
    photos = [await driver.photo(colour=colour) for colour in ("red", "blue")]
    await driver.submit_accepted(photos=photos)
    async with driver.intake.context.database.acquire() as other, other.transaction():
        names = [photo["sha256"] for photo in photos]
        locked = await other.fetch("SELECT FROM photo_upload WHERE sha256 = ANY ($1) AND named FOR UPDATE", names)
        async with asyncio.timeout(10):
            await driver.submit_accepted(photos=photos)
    assert len(locked) == 2


async def test_only_the_unit_sees_the_photo_of_a_confidential_case_and_each_read_is_logged(
    driver: IntakeDriver,
) -> None:
    photo = await driver.photo()
    receipt = await driver.submit_accepted(
        category_id=CONFIDENTIAL_CATEGORY, condition_id=None, description="某处有异常", photos=[photo]
    )
    await driver.wait_for_status(receipt, "filed")
    everybody = ("officer", "officer_2", "shift_lead", "leader", "administrator", "unit_clerk", "unit_clerk_2")
    assert {await photo_status(driver, who, photo) for who in everybody} == {404}
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))

    async def readable() -> bool:
        return await photo_status(driver, "unit_clerk", photo) == 200

    await wait_until(readable, what="the unit to see the photo")
    assert {await photo_status(driver, who, photo) for who in everybody if who != "unit_clerk"} == {404}
    logged = await driver.intake.context.database.fetch("SELECT case_id, unit_id FROM access_log")
    assert {tuple(row) for row in logged} == {(UUID(receipt["case_id"]), "sanitation")}
    answer = await (await driver.client_of("unit_clerk")).get(f"/api/intake/photos/{photo['sha256']}")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_photos_of_a_case_that_turns_out_confidential_are_hidden(driver: IntakeDriver) -> None:
    photo = await driver.photo()
    checked = [await driver.photo("shift_lead", colour, role) for colour, role in (("red", "near"), ("blue", "far"))]
    receipt = await driver.submit_accepted(
        category_id=None, condition_id=None, description="楼上总有异响", photos=[photo]
    )
    await driver.wait_for_status(receipt, "awaiting_filing")
    asked = await driver.post("shift_lead", f"cases/{receipt['case_id']}/verify", mode="site")
    task_id = asked.json()["task"]["task_id"]
    answered = await driver.post("shift_lead", f"tasks/{task_id}/answer", result="confirmed", photos=checked)
    assert (answered.status_code, answered.json()["status"]) == (200, "awaiting_filing"), answered.text
    assert await photo_status(driver, "shift_lead", photo) == 200
    filed = await driver.post("shift_lead", f"cases/{receipt['case_id']}/file", category_id=CONFIDENTIAL_CATEGORY)
    assert (filed.status_code, filed.json()["photos"]) == (200, []), filed.text
    everything = (photo, *checked)
    assert {
        await photo_status(driver, who, each) for who in ("shift_lead", "officer", "leader") for each in everything
    } == {404}
    kept = await personal_data.find_confidential(driver.intake.context.database, UUID(receipt["case_id"]))
    assert kept is not None
    sealed = PersonalDataVault(driver.intake.settings.gridloop_secret_key).decrypt(UUID(receipt["case_id"]), kept)
    assert [each["sha256"] for each in sealed["photos"]] == [each["sha256"] for each in everything], (
        "the unit gets them"
    )


async def test_photos_of_a_confidential_case_are_erased_with_its_text_unless_another_case_names_them(
    driver: IntakeDriver,
) -> None:
    """This also holds if the worker was stopped in between. Photos of plain cases stay."""
    own, shared, plain = [await driver.photo(colour=colour) for colour in ("red", "blue", "green")]
    told: dict[str, Any] = {"category_id": CONFIDENTIAL_CATEGORY, "condition_id": None, "description": "某处有异常"}
    first, second = (
        await driver.submit_accepted(**told, photos=[own, shared]),
        await driver.submit_accepted(**told, photos=[shared]),
    )
    await driver.submit_accepted(photos=[plain])
    context, photo_store = driver.intake.context, PhotoStore(driver.installation.home)
    for receipt in (first, second):
        await driver.wait_for_status(receipt, "filed")

    def there() -> list[bool]:
        return [photo_store.path(each["sha256"]).exists() for each in (own, shared, plain)]

    async def end_and_wait_for_erasure(receipt: dict[str, Any]) -> None:
        await driver.post("shift_lead", f"cases/{receipt['case_id']}/void", note="误报")
        driver.installation.shift_clock(days=31)

        async def gone() -> bool:
            await personal_data.erase_due(context.database, context.clock.now())  # unless the worker has done so
            return await personal_data.find_confidential(context.database, UUID(receipt["case_id"])) is None

        await wait_until(gone, what="the text to be due and gone")
        assert there()[2]
        await erase_once(context, photo_store)  # the texts are erased already, as after a stop before the files

    await end_and_wait_for_erasure(first)
    assert there() == [False, True, True]
    again = await driver.submit(photos=[own])
    assert again.json()["type"] == "/problems/photos-missing", "it has to be uploaded again"
    await end_and_wait_for_erasure(second)
    assert there() == [False, False, True]
    assert await context.database.fetchval("SELECT count(*) FROM photo_to_delete") == 0


async def test_a_photo_that_no_case_named_is_erased(driver: IntakeDriver) -> None:
    """This includes photos of residents, but neither photos that were sent again nor those that a case names."""
    senders = {"officer": "crimson", "": "navy", "unit_clerk": "olive", "officer_2": "teal"}
    theirs, residents, again, named = [await driver.photo(who, colour) for who, colour in senders.items()]
    context, photo_store = driver.intake.context, PhotoStore(driver.installation.home)
    await driver.submit_accepted("officer_2", photos=[named])
    ours = [each["sha256"] for each in (theirs, residents, again)]
    old = "UPDATE photo_upload SET uploaded_at = now() - interval '31 days' WHERE sha256 = ANY ($1)"
    await context.database.execute(old, ours)
    await driver.photo("unit_clerk", "olive")

    async def gone() -> bool:
        await erase_once(context, photo_store, batch=1)
        return not photo_store.path(residents["sha256"]).exists()

    await wait_until(gone, what="intake to be up to date and to erase the photos")
    assert [photo_store.path(each["sha256"]).exists() for each in (theirs, again, named)] == [False, True, True]
    rows = await context.database.fetch("SELECT sha256 FROM photo_upload WHERE sha256 = ANY ($1)", ours)
    assert [row["sha256"] for row in rows] == [again["sha256"]]


async def test_no_photo_is_erased_while_events_of_other_services_may_be_missing(
    driver: IntakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit may have named the photo meanwhile."""
    photo, context, photo_store = (
        await driver.photo("unit_clerk", "maroon"),
        driver.intake.context,
        PhotoStore(driver.installation.home),
    )
    old = "UPDATE photo_upload SET uploaded_at = now() - interval '31 days' WHERE sha256 = $1"
    await context.database.execute(old, photo["sha256"])
    monkeypatch.setattr(context, "up_to_date", lambda: False)
    await erase_once(context, photo_store)
    assert photo_store.path(photo["sha256"]).exists()


async def test_evidence_of_a_unit_is_visible_once_its_case_names_it(driver: IntakeDriver) -> None:
    receipt, photo = await driver.file_case(), await driver.photo("unit_clerk", "blue", "after")
    assert await photo_status(driver, "shift_lead", photo) == 404
    order = dispatched("sanitation")
    done = WorkCompleted(
        dispatch_id=order.dispatch_id,
        unit_id="sanitation",
        role="lead",
        outcome="solved",
        note="清了",
        photos=(Photo.model_validate(photo),),
        completed_by=Actor(kind="account", id=await account_id(driver, "unit_clerk")),
    )
    await driver.installation.publish("dispatch", receipt["case_id"], order)
    await driver.installation.publish("dispatch", receipt["case_id"], done)

    async def seen() -> Any:
        return await photo_status(driver, "shift_lead", photo) == 200

    await wait_until(seen, what="the evidence")


async def test_a_residents_token_shows_only_the_photos_of_its_report(driver: IntakeDriver) -> None:
    photo, other = await driver.photo(""), await driver.photo("", "blue")
    mine, _ = await driver.submit_accepted("", photos=[photo]), await driver.submit_accepted("", photos=[other])
    access_token = driver.intake.context.auth.resident_token(mine["case_id"], mine["report_id"])
    web = await driver.client_of("")
    answers = [
        (
            await web.get(f"/api/intake/photos/{each['sha256']}", headers={"authorization": f"Bearer {access_token}"})
        ).status_code
        for each in (photo, other)
    ]
    assert answers == [200, 404]


async def test_a_report_that_names_photos_of_others_gains_and_removes_no_access(driver: IntakeDriver) -> None:
    """The photos belong to a case, or wait for their report; the caller knows only the hash."""
    shown, waiting = await driver.photo(colour="red"), await driver.photo(colour="blue")
    await driver.submit_accepted(photos=[shown])
    secret: dict[str, Any] = {"category_id": CONFIDENTIAL_CATEGORY, "condition_id": None, "description": "某处有异常"}
    for who, fields in (("", secret), ("", {}), ("officer_2", secret), ("officer_2", {})):
        for photo in (shown, waiting, {**shown, "claim": "guessed"}):
            refused = await driver.submit(who, photos=[photo], **fields)
            assert refused.json()["type"] == "/problems/photos-missing", (who, fields)
    assert [await photo_status(driver, who, shown) for who in ("officer", "shift_lead", "leader")] == [200, 200, 200]
    assert [await photo_status(driver, who, waiting) for who in ("officer", "officer_2", "shift_lead")] == [
        200,
        404,
        404,
    ]
    await driver.submit_accepted(photos=[waiting])


async def test_the_same_photo_from_two_people_counts_as_two_uploads(driver: IntakeDriver) -> None:
    """A confidential report with the same bytes does not hide the photo of the plain case."""
    plain = await driver.photo(colour="red")
    await driver.submit_accepted(photos=[plain])
    told = await driver.photo("", "red")
    assert told["sha256"] == plain["sha256"]
    secret = await driver.submit_accepted(
        "", category_id=CONFIDENTIAL_CATEGORY, condition_id=None, description="某处有异常", photos=[told]
    )
    await driver.wait_for_status(secret, "filed")
    assert [await photo_status(driver, who, plain) for who in ("officer", "shift_lead")] == [200, 200]
    assert await driver.intake.context.database.fetchval("SELECT count(*) FROM photo_owner") == 2


async def test_evidence_is_visible_only_if_its_sender_uploaded_it(
    driver: IntakeDriver,
) -> None:
    receipt, theirs = await driver.file_case(), await driver.photo("officer_2", "blue", "after")
    mine = await driver.photo("unit_clerk", "navy", "after")
    order, by = dispatched("sanitation"), Actor(kind="account", id=await account_id(driver, "unit_clerk"))
    done = WorkCompleted(
        dispatch_id=order.dispatch_id,
        unit_id="sanitation",
        role="lead",
        outcome="solved",
        note="清了",
        photos=tuple(Photo.model_validate(each) for each in (theirs, mine)),
        completed_by=by,
    )
    await driver.installation.publish("dispatch", receipt["case_id"], order)
    await driver.installation.publish("dispatch", receipt["case_id"], done)

    async def seen() -> bool:
        return await photo_status(driver, "shift_lead", mine) == 200

    await wait_until(seen, what="the evidence")
    assert await photo_status(driver, "shift_lead", theirs) == 404


async def test_an_upload_returns_the_hash_of_the_sent_and_of_the_stored_photo(driver: IntakeDriver) -> None:
    data = jpeg("purple", comment=b"camera 7")
    sent = sha256(data).hexdigest()
    web = await driver.client_of("officer")
    stored = (await web.put(f"/api/intake/photos/{sent}", content=data)).json()
    answer = await web.get(stored["url"])
    assert (stored["uploaded_sha256"], stored["sha256"]) == (sent, sha256(answer.content).hexdigest())
    assert stored["sha256"] != sent
    receipt = await driver.submit_accepted(photos=[{"sha256": sent, "role": "near"}])
    told = dict(await driver.events_of(receipt))["report_received"]
    assert [each["sha256"] for each in told["photos"]] == [stored["sha256"]], "events name the stored photo"
