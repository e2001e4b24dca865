"""补充信息: whoever works on it is told, in turn with everything else about the order."""

from __future__ import annotations

from contracts.events.acceptance.reporters import InformationAdded
from tests.unit.dispatch.kit import AFTER, BEFORE, DESK, REPORT, House, dispatched, to


def test_open_orders_hear_what_is_added_and_finished_ones_do_not() -> None:
    house = dispatched(to("sanitation"), to("housing", "co"))
    house.sign("housing").complete("housing", AFTER)
    house.hear(InformationAdded(report_id=REPORT, text="晚上更臭", photos=(BEFORE,), added_by=DESK))
    assert house.messages("sanitation")[-1] == "dispatch.information_added"
    assert "dispatch.information_added" not in house.messages("housing")
    data = house.told[-1][1].data
    assert (data.text, data.photos[0].url) == ("晚上更臭", f"/api/intake/photos/{BEFORE.sha256}")
    assert data.sequence == house.order("sanitation").message_count


def test_before_anything_was_filed_there_is_nobody_to_tell() -> None:
    assert House().hear(InformationAdded(report_id=REPORT, text="…", added_by=DESK)).told == []
