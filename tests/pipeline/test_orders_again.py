"""An order of the platform above that is sent again is the same order: one case, one receipt, until it is
taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver, open_intake_driver


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[IntakeDriver]:
    found = await open_intake_driver(shared_installation)
    yield found
    await found.close()


async def sent(
    driver: IntakeDriver, key: str = "", channel_number: str = "12345", number: str = "DY-7", **more: Any
) -> Any:
    """What the platform hears when it sends its order, with this key or none."""
    headers = {"idempotency-key": key} if key else None
    external = {"channel_number": channel_number, "number": number}
    return await driver.submit("upstream", headers=headers, photos=[], external=external, **more)


async def cases(driver: IntakeDriver) -> int:
    return await driver.intake.context.database.fetchval("SELECT count(*) FROM report")


async def test_an_order_sent_again_is_answered_with_the_receipt_of_the_first(driver: IntakeDriver) -> None:
    """Without a key, with another key, with other words: nothing is made or said anew."""
    first = await sent(driver, key=str(uuid4()))
    await driver.wait_for_status(first.json(), "awaiting_filing")
    before = await driver.events_of(first.json())
    key = str(uuid4())
    for again in (
        await sent(driver),
        await sent(driver, key=key),
        await sent(driver, key=key),
        await sent(driver, description="再次交办"),
        await driver.submit("shift_lead", channel="upstream", external={"channel_number": "12345", "number": " DY-7 "}),
    ):
        assert (again.status_code, again.json()) == (202, first.json())
        assert again.headers["location"] == first.headers["location"]
    assert (await driver.events_of(first.json()), await cases(driver)) == (before, 1)
    reused = await sent(driver, key=key, description="另一件")
    assert (reused.status_code, reused.json()["type"]) == (409, "/problems/key-reused"), "a key is of one body (rule 1)"


async def test_two_sends_at_once_are_one_case(driver: IntakeDriver) -> None:
    """Whoever writes second finds the first: with keys of their own, and without."""
    for number, keys in (("DY-8", ("", "")), ("DY-9", (str(uuid4()), str(uuid4())))):
        answers = await asyncio.gather(*(sent(driver, key=key, number=number) for key in (*keys, *keys)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["case_number"] for answer in answers}) == 1
        assert (await driver.types(answers[0].json())).count("report_received") == 1
    assert await cases(driver) == 2


@pytest.mark.parametrize(
    "other",
    [{"number": "DY-8"}, {"channel_number": "12319"}, {"who": "intake_clerk"}],
    ids=["another number", "another channel number", "not from above"],
)
async def test_another_order_is_another_case(driver: IntakeDriver, other: dict[str, str]) -> None:
    first = (await sent(driver)).json()
    if who := other.get("who"):
        second = await driver.submit(who, photos=[], external={"channel_number": "12345", "number": "DY-7"})
    else:
        second = await sent(driver, **other)
    assert second.json()["case_number"] != first["case_number"]


async def test_an_order_that_was_taken_back_above_and_comes_again_is_a_new_report(driver: IntakeDriver) -> None:
    first = (await sent(driver)).json()
    await driver.wait_for_status(first, "awaiting_filing")
    path = f"cases/{first['case_id']}"
    assert (
        await driver.post("shift_lead", f"{path}/return-upstream", reason="outside_area", note="不属本区")
    ).is_success
    assert (await sent(driver)).json() == first, "nobody has decided yet"
    assert (await driver.post("upstream", f"{path}/upstream-decision", accepted=True)).json()["status"] == "not_filed"
    second = (await sent(driver)).json()
    assert second["case_number"] != first["case_number"]
    assert (await sent(driver)).json() == second


async def test_nobody_learns_of_a_case_by_an_orders_number(driver: IntakeDriver) -> None:
    """Whoever may not name the channel hears that, whether the order is there or not."""
    await sent(driver)
    for who in ("officer", ""):
        for number in ("DY-7", "DY-0"):
            external = {"channel_number": "12345", "number": number}
            refused = await driver.submit(who, channel="upstream", photos=[], external=external)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/channel-not-allowed")
    long = await sent(driver, number="9" * 4000)
    assert (long.status_code, long.json()["type"]) == (422, "/problems/invalid-request")
