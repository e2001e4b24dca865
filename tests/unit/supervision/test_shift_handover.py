"""交接班单: open, late and promised cases at a change of shifts."""

from __future__ import annotations

from contracts.registry import Centre, Shift, Team
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.roster import shift_handover
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, at
from tests.unit.supervision.sample_events import CASE

STREET = HOME[:9]


def district_with_centres() -> RegistrySnapshot:
    """Return the district with a street centre under a county centre, a night officer and a mobile team."""
    district = sample_district.make_district()
    records = {kind: dict(found) for kind, found in district.records.items()}
    for centre in (
        Centre(id="county", level="county", name="县", name_en="County", areas=(HOME[:6],)),
        Centre(id="street", level="street", name="街道", name_en="Street", areas=(STREET,), above="county"),
    ):
        records["centre"][centre.id] = centre
    records["team"]["mobile"] = Team(
        id="mobile", kind="mobile", name="机动组", name_en="Mobile team", convenor="sanitation", areas=(HOME[:6],)
    )
    for shift in (
        Shift(id="night", officer="bo", areas=(STREET,), starts="18:00", ends="08:00"),
        Shift(id="mobile-day", team="mobile", areas=(HOME[:6],), starts="08:00", ends="20:00"),
    ):
        records["shift"][shift.id] = shift
    return RegistrySnapshot.from_records(1, records)


def signed_case() -> CaseDriver:
    """Return a case filed at 09:00 of the 11th with a limit of one work day, promised for the third day."""
    driver = CaseDriver(district_with_centres())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:05")), at=at("03-11 09:05"))
    driver.apply(sample_events.signed(), at=at("03-11 09:10"))
    return driver


def sheet(driver: CaseDriver, when: str = "03-11 18:00") -> shift_handover.Sheet:
    return shift_handover.write_sheet(driver.district, "street", at(when), [(CASE, driver.state)])


def test_each_centre_has_its_own_shift_changes() -> None:
    """The street changes at eight and at six, the county's mobile team comes and goes at eight."""
    found = shift_handover.shift_changes(district_with_centres(), at("03-11 07:59"), at("03-11 20:00"))
    assert found == [
        ("county", at("03-11 08:00")),
        ("street", at("03-11 08:00")),
        ("street", at("03-11 18:00")),
        ("county", at("03-11 20:00")),
    ]
    assert shift_handover.shift_changes(district_with_centres(), at("03-11 08:00"), at("03-11 17:59")) == [], (
        "the change at eight is not in the period"
    )


def test_the_sheet_lists_who_leaves_and_who_comes() -> None:
    found = sheet(signed_case())
    assert sorted(post.holder for post in found.outgoing) == ["ann", "bo", "cai", "dan", "lane"]
    assert [(post.holder, post.name_en, post.areas) for post in found.incoming] == [("bo", "bo", (STREET,))]
    county = shift_handover.write_sheet(district_with_centres(), "county", at("03-11 20:00"), [])
    assert [(post.holder, post.name_en) for post in county.outgoing] == [("mobile", "Mobile team")]


def test_an_open_case_is_listed_with_its_unit_and_deadline() -> None:
    found = sheet(signed_case())
    line = found.cases[0]
    assert (found.open, found.overdue) == (1, 0)
    assert (line.case_number, line.grid_code, line.status, line.units) == (
        "LJ-20260311-000001",
        HOME,
        "handling",
        ("sanitation",),
    )
    assert (line.clock, line.light, line.due_at) == ("handle", "green", at("03-12 09:05"))


def test_overdue_cases_come_first_and_are_counted() -> None:
    late, fresh = signed_case(), signed_case()
    late.advance_to(at("03-12 10:00"))
    found = shift_handover.write_sheet(
        late.district, "street", at("03-12 18:00"), [(CASE, fresh.state), (CASE, late.state)]
    )
    assert [(line.overdue, line.light) for line in found.cases] == [(True, "red"), (False, "green")]
    assert (found.open, found.overdue) == (2, 1)


def test_promises_of_the_next_day_are_listed() -> None:
    """The list shows the promise to the reporter on its last day, and that the unit owes a reason for its delay."""
    driver = signed_case()
    assert sheet(driver).cases[0].promised == ()
    promise = driver.clock("case").due_at
    near = shift_handover.write_sheet(
        driver.district, "street", promise - shift_handover.PROMISE_PERIOD, [(CASE, driver.state)]
    )
    assert [(each.what, each.at) for each in near.cases[0].promised] == [("case_due", promise)]
    driver.advance_to(at("03-12 09:05"))
    assert [each.what for each in shift_handover.promises_until(driver.state, at("03-12 18:00"))] == [
        "supervision_order_reply"
    ]


def test_a_call_back_is_a_promise() -> None:
    driver = CaseDriver(district_with_centres())
    driver.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), recheck_mode="callback"),
        at=at("03-11 09:00"),
    )
    driver.apply(sample_events.dispatched(at("03-11 09:05")), at=at("03-11 09:05"))
    driver.apply(sample_events.signed(), sample_events.completed(), sample_events.all_completed(), at=at("03-11 11:00"))
    assert [each.what for each in sheet(driver).cases[0].promised] == ["call_back"]


def test_a_confidential_case_is_listed_without_its_category() -> None:
    driver = CaseDriver(district_with_centres())
    driver.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), confidential=True),
        at=at("03-11 09:00"),
    )
    line = sheet(driver).cases[0]
    assert (line.category_id, line.category, line.category_en) == (None, "保密", "Confidential")


def test_a_case_that_is_not_filed_yet_is_listed_too() -> None:
    driver = CaseDriver(district_with_centres())
    driver.apply(sample_events.received(at("03-11 17:50"), place={"grid_code": HOME}), at=at("03-11 17:50"))
    line = sheet(driver).cases[0]
    assert (line.category_en, line.grid_code, line.stage) == ("Category not yet known", HOME, "discovery")


def test_a_sheet_has_one_id_per_centre_and_time() -> None:
    one = shift_handover.sheet_id("street", at("03-11 18:00"))
    assert one == shift_handover.sheet_id("street", at("03-11 18:00"))
    assert (
        len(
            {
                one,
                shift_handover.sheet_id("county", at("03-11 18:00")),
                shift_handover.sheet_id("street", at("03-11 08:00")),
            }
        )
        == 3
    )
