"""交接班单: what stands open, is late or was promised at a change of shifts."""

from __future__ import annotations

from contracts.registry import Centre, Shift, Team
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.roster import shift_handover
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, HOME, at

STREET = HOME[:9]


def staffed() -> RegistrySnapshot:
    """The town with a street centre under the county's, a night officer and a mobile team of the county."""
    district = town.town()
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


def dispatched() -> Life:
    """Filed at 09:00 of the 11th, a work day to handle it, promised for the third."""
    life = Life(staffed())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:05")), at=at("03-11 09:05"))
    life.hear(town.signed(), at=at("03-11 09:10"))
    return life


def sheet(life: Life, when: str = "03-11 18:00") -> shift_handover.Sheet:
    return shift_handover.write_sheet(life.district, "street", at(when), [(CASE, life.state)])


def test_each_centre_has_its_own_changes() -> None:
    """The street's shifts change at eight and at six, the county's mobile team comes at eight and goes at eight."""
    found = shift_handover.shift_changes(staffed(), at("03-11 07:59"), at("03-11 20:00"))
    assert found == [
        ("county", at("03-11 08:00")),
        ("street", at("03-11 08:00")),
        ("street", at("03-11 18:00")),
        ("county", at("03-11 20:00")),
    ]
    assert shift_handover.shift_changes(staffed(), at("03-11 08:00"), at("03-11 17:59")) == [], (
        "the one at eight was before"
    )


def test_the_sheet_says_who_goes_and_who_comes() -> None:
    found = sheet(dispatched())
    assert sorted(post.holder for post in found.outgoing) == ["ann", "bo", "cai", "dan", "lane"]
    assert [(post.holder, post.name_en, post.areas) for post in found.incoming] == [("bo", "bo", (STREET,))]
    county = shift_handover.write_sheet(staffed(), "county", at("03-11 20:00"), [])
    assert [(post.holder, post.name_en) for post in county.outgoing] == [("mobile", "Mobile team")]


def test_an_open_case_stands_on_it_with_who_has_it_and_until_when() -> None:
    found = sheet(dispatched())
    line = found.cases[0]
    assert (found.open, found.overdue) == (1, 0)
    assert (line.case_number, line.grid_code, line.status, line.units) == (
        "LJ-20260311-000001",
        HOME,
        "handling",
        ("sanitation",),
    )
    assert (line.clock, line.light, line.due_at) == ("handle", "green", at("03-12 09:05"))


def test_what_is_late_comes_first_and_is_counted() -> None:
    late, fresh = dispatched(), dispatched()
    late.until(at("03-12 10:00"))
    found = shift_handover.write_sheet(
        late.district, "street", at("03-12 18:00"), [(CASE, fresh.state), (CASE, late.state)]
    )
    assert [(line.overdue, line.light) for line in found.cases] == [(True, "red"), (False, "green")]
    assert (found.open, found.overdue) == (2, 1)


def test_what_was_promised_within_a_day_stands_on_it() -> None:
    """What the reporter was told, once it is near; and that the unit owes a reason for its delay."""
    life = dispatched()
    assert sheet(life).cases[0].promised == ()
    promise = life.clock("case").due_at
    near = shift_handover.write_sheet(
        life.district, "street", promise - shift_handover.PROMISE_PERIOD, [(CASE, life.state)]
    )
    assert [(each.what, each.at) for each in near.cases[0].promised] == [("case_due", promise)]
    life.until(at("03-12 09:05"))
    assert [each.what for each in shift_handover.promises_until(life.state, at("03-12 18:00"))] == [
        "supervision_order_reply"
    ]


def test_a_call_back_is_a_promise() -> None:
    life = Life(staffed())
    life.hear(
        town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), recheck_mode="callback"), at=at("03-11 09:00")
    )
    life.hear(town.dispatched(at("03-11 09:05")), at=at("03-11 09:05"))
    life.hear(town.signed(), town.completed(), town.all_completed(), at=at("03-11 11:00"))
    assert [each.what for each in sheet(life).cases[0].promised] == ["call_back"]


def test_of_a_confidential_case_the_sheet_says_that_it_is_there_and_no_more() -> None:
    life = Life(staffed())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), confidential=True), at=at("03-11 09:00"))
    line = sheet(life).cases[0]
    assert (line.category_id, line.category, line.category_en) == (None, "保密", "Confidential")


def test_a_case_that_is_not_filed_yet_is_handed_over_too() -> None:
    life = Life(staffed())
    life.hear(town.received(at("03-11 17:50"), place={"grid_code": HOME}), at=at("03-11 17:50"))
    line = sheet(life).cases[0]
    assert (line.category_en, line.grid_code, line.stage) == ("Category not yet known", HOME, "discovery")


def test_a_centre_and_an_instant_have_one_sheet() -> None:
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
