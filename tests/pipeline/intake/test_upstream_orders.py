"""Orders of the upstream platform: a repeated order is the same case until the platform has taken it back."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.support.intake_driver import IntakeDriver


async def send_order(
    driver: IntakeDriver, key: str = "", channel_number: str = "12345", number: str = "DY-7", **more: Any
) -> Any:
    """Send an order of the platform, with this idempotency key or none."""
    headers = {"idempotency-key": key} if key else None
    external = {"channel_number": channel_number, "number": number}
    return await driver.submit("upstream", headers=headers, photos=[], external=external, **more)


async def count_cases(driver: IntakeDriver) -> int:
    return await driver.intake.context.database.fetchval("SELECT count(*) FROM report")


async def test_a_repeated_order_gets_the_receipt_of_the_first(driver: IntakeDriver) -> None:
    """This holds without a key, with another key, with another description and from another account."""
    first = await send_order(driver, key=str(uuid4()))
    await driver.wait_for_status(first.json(), "awaiting_filing")
    before = await driver.events_of(first.json())
    key = str(uuid4())
    for again in (
        await send_order(driver),
        await send_order(driver, key=key),
        await send_order(driver, key=key),
        await send_order(driver, description="再次交办"),
        await driver.submit("shift_lead", channel="upstream", external={"channel_number": "12345", "number": " DY-7 "}),
    ):
        assert (again.status_code, again.json()) == (202, first.json())
        assert again.headers["location"] == first.headers["location"]
    assert (await driver.events_of(first.json()), await count_cases(driver)) == (before, 1)
    reused = await send_order(driver, key=key, description="另一件")
    assert (reused.status_code, reused.json()["type"]) == (409, "/problems/key-reused"), (
        "a key belongs to one body (rule 1)"
    )


async def test_equal_orders_at_once_are_one_case(driver: IntakeDriver) -> None:
    """This holds with different keys and without keys."""
    for number, keys in (("DY-8", ("", "")), ("DY-9", (str(uuid4()), str(uuid4())))):
        answers = await asyncio.gather(*(send_order(driver, key=key, number=number) for key in (*keys, *keys)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["case_number"] for answer in answers}) == 1
        assert (await driver.types(answers[0].json())).count("report_received") == 1
    assert await count_cases(driver) == 2


@pytest.mark.parametrize(
    "other",
    [{"number": "DY-8"}, {"channel_number": "12319"}, {"who": "intake_clerk"}],
    ids=["another number", "another channel number", "not from upstream"],
)
async def test_another_order_is_another_case(driver: IntakeDriver, other: dict[str, str]) -> None:
    first = (await send_order(driver)).json()
    if who := other.get("who"):
        second = await driver.submit(who, photos=[], external={"channel_number": "12345", "number": "DY-7"})
    else:
        second = await send_order(driver, **other)
    assert second.json()["case_number"] != first["case_number"]


async def test_an_order_that_was_taken_back_and_sent_again_is_a_new_report(driver: IntakeDriver) -> None:
    first = (await send_order(driver)).json()
    await driver.wait_for_status(first, "awaiting_filing")
    path = f"cases/{first['case_id']}"
    assert (
        await driver.post("shift_lead", f"{path}/return-upstream", reason="outside_area", note="不属本区")
    ).is_success
    assert (await send_order(driver)).json() == first, "the platform has not decided yet"
    assert (await driver.post("upstream", f"{path}/upstream-decision", accepted=True)).json()["status"] == "not_filed"
    second = (await send_order(driver)).json()
    assert second["case_number"] != first["case_number"]
    assert (await send_order(driver)).json() == second


async def test_the_number_of_an_order_does_not_show_whether_a_case_exists(driver: IntakeDriver) -> None:
    """A caller who may not use the channel gets the same refusal for known and unknown numbers."""
    await send_order(driver)
    for who in ("officer", ""):
        for number in ("DY-7", "DY-0"):
            external = {"channel_number": "12345", "number": number}
            refused = await driver.submit(who, channel="upstream", photos=[], external=external)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/channel-not-allowed")
    long = await send_order(driver, number="9" * 4000)
    assert (long.status_code, long.json()["type"]) == (422, "/problems/invalid-request")
