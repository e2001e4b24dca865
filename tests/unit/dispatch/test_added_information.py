"""补充信息: units with an open dispatch get information that is added later."""

from __future__ import annotations

from contracts.events.acceptance.reporters import InformationAdded
from tests.unit.dispatch.case_driver import CaseDriver, dispatched
from tests.unit.dispatch.sample_events import AFTER, BEFORE, DESK, REPORT, assignment


def test_only_open_dispatches_get_added_information() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co"))
    driver.sign("housing").complete("housing", AFTER)
    driver.apply(InformationAdded(report_id=REPORT, text="晚上更臭", photos=(BEFORE,), added_by=DESK))
    assert driver.webhook_types("sanitation")[-1] == "dispatch.information_added"
    assert "dispatch.information_added" not in driver.webhook_types("housing")
    data = driver.webhooks[-1][1].data
    assert (data.text, data.photos[0].url) == ("晚上更臭", f"/api/intake/photos/{BEFORE.sha256}")
    assert data.sequence == driver.dispatch_of("sanitation").message_count


def test_before_filing_nobody_is_told() -> None:
    assert CaseDriver().apply(InformationAdded(report_id=REPORT, text="…", added_by=DESK)).webhooks == []
