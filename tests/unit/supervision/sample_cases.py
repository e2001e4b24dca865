"""Cases up to their dispatch, signature or completion, and the requests of their lead unit."""

from __future__ import annotations

from datetime import datetime

from contracts.events.handling import ExtensionRequested, SuspensionRequested
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, at
from tests.unit.supervision.sample_events import CO, LEAD, PROPERTY


def signed_case(milestones: tuple[str, ...] = ("1 work_day",)) -> CaseDriver:
    """Return a case dispatched and signed on Wednesday 03-11 at 09:00."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), milestones),
        at=at("03-11 09:00"),
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00"), milestones), sample_events.signed())
    return driver


def request_extension(driver: CaseDriver, when: str, **late: datetime) -> None:
    asked = ExtensionRequested(dispatch_id=LEAD, unit_id="sanitation", note="缺配件", requested_by=DESK)
    driver.apply(asked, at=at(when), **late)


def request_suspension(driver: CaseDriver, until: datetime) -> None:
    driver.apply(
        SuspensionRequested(dispatch_id=LEAD, unit_id="sanitation", until=until, note="待春季补植", requested_by=DESK)
    )


def dispatched_case(milestones: tuple[str, ...] = ("1 work_day",), **changes: object) -> CaseDriver:
    """Return a case filed and dispatched on Wednesday 03-11 at 09:00."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), milestones),
        at=at("03-11 09:00"),
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00"), milestones, **changes))  # type: ignore[arg-type]
    return driver


def case_of_three_units() -> CaseDriver:
    """Return a case with a lead, a co-unit and a property company."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00"), feedback_wanted=False),
        sample_events.filed(at("03-11 09:00")),
        at=at("03-11 09:00"),
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")))
    driver.apply(sample_events.dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="water", role="co"))
    driver.apply(
        sample_events.dispatched(
            at("03-11 09:00"), dispatch_id=PROPERTY, unit_id="property", role="co", coordinated=True
        )
    )
    return driver


def case_completed_by_three_units() -> CaseDriver:
    """Return a case that all units have completed."""
    driver = case_of_three_units()
    driver.apply(
        sample_events.completed(),
        sample_events.completed(dispatch_id=CO, unit_id="water"),
        sample_events.completed(dispatch_id=PROPERTY, unit_id="property"),
        sample_events.all_completed(),
        at=at("03-11 11:00"),
    )
    return driver
