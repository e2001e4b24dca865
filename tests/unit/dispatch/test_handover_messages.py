"""Messages of a hand-over: alert, updates and cancellation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.events import acceptance, command, discovery, handling, supervision
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.command import HandoverTarget
from contracts.handover import HandoverLink
from contracts.masking import WITHHELD
from services.dispatch.domain.dispatches import answers
from tests.unit.dispatch.case_driver import AGENCY, UNIT, CaseDriver, dispatched, envelopes, handed_over
from tests.unit.dispatch.sample_district import GRID, MORNING, make_district
from tests.unit.dispatch.sample_events import AFTER, BEFORE, CASE, DESK, REPORT, assignment, filed, routed


def test_each_message_of_a_hand_over_references_the_first() -> None:
    driver = handed_over()
    driver.apply(supervision.UnitUrged(dispatch_id=driver.dispatch_of("fire").id, text="请应答", urged_by=DESK))
    driver.apply(acceptance.CaseVoided(note="误报", decided_by=DESK))
    alert, update, cancel = envelopes(driver)
    assert [each.kind for each in (alert, update, cancel)] == ["Alert", "Update", "Cancel"]
    assert alert.id == str(driver.dispatch_of("fire").id)
    assert update.references == cancel.references == (alert.id,)
    assert len({alert.id, update.id, cancel.id}) == 3


def test_a_called_in_service_gets_added_information_and_the_progress_of_others() -> None:
    """119 must hear, for example, that a second person is in the smoke."""
    added = InformationAdded(report_id=REPORT, text="屋内还有一人", photos=(BEFORE,), added_by=DESK)
    driver = handed_over().sign("fire").apply(added)
    driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "已封路", "围挡", (AFTER,)))
    driver.run("fire", lambda on: answers.report_progress(on, UNIT, "已到场", None, ()))
    _, message, reached = envelopes(driver)
    assert (message.kind, message.note, message.attachments[0].sha256) == ("Update", "屋内还有一人", BEFORE.sha256)
    assert (reached.kind, reached.note) == ("Update", "环卫中心 Sanitation [围挡]: 已封路")
    assert [each.sha256 for each in reached.attachments] == [AFTER.sha256]
    assert message.references == reached.references == (str(driver.dispatch_of("fire").id),)
    done = handed_over().sign("fire").run("fire", lambda on: answers.complete(on, UNIT, "solved", "已处置", ()))
    assert len(envelopes(done.apply(added))) == 1, "a completed hand-over gets no further message"


def received(**fields: object) -> discovery.ReportReceived:
    return discovery.ReportReceived.model_validate(
        {
            "report_id": REPORT,
            "case_number": "LJ-20261123-000001",
            "channel": "hotline",
            "reported_by": DESK,
            "occurred_at": MORNING - timedelta(minutes=20),
            "reported_at": MORNING,
            "registered_at": MORNING,
            **fields,
        }
    )


@pytest.mark.parametrize("confidential", [False, True])
def test_the_alert_states_start_category_and_contact(confidential: bool) -> None:
    """§10.4: no message contains the phone number; of a confidential case nobody is named."""
    driver = CaseDriver()
    driver.district = make_district(
        cap_categories={"GB30428-2-2013/event/05": "Safety", "GB30428-2-2013/event/05-02": "Fire"}
    )
    fire = assignment("fire", handover=AGENCY)
    known = {"category_id": "GB30428-2-2013/event/05-02", "confidential": confidential}
    driver.apply(received(caller_masked="138********"), filed(**known), routed(fire))
    (alert,) = envelopes(driver)
    assert (alert.case.occurred_at, alert.case.cap_category) == (MORNING - timedelta(minutes=20), "Fire")
    if confidential:
        assert alert.caller is None
    else:
        assert alert.caller is not None
        assert (alert.caller.masked, alert.caller.contact_url) == (
            "138********",
            f"/api/intake/reports/{REPORT}/reporter",
        )


def test_the_cap_category_comes_from_the_category_then_its_major_then_safety() -> None:
    district = make_district(cap_categories={"GB/matter/06": "Env", "GB/matter/06010": "Health"})
    categories = ("GB/matter/06010", "GB/matter/06011", "GB/matter/06", "GB/matter/07001")
    assert [district.cap_category(each) for each in categories] == ["Health", "Env", "Env", "Safety"]


def test_added_information_of_a_confidential_case_is_withheld() -> None:
    driver = dispatched(
        assignment("sanitation"), assignment("fire", "first_response", handover=AGENCY), confidential=True, evidence=()
    ).sign("sanitation")
    driver.apply(InformationAdded(report_id=REPORT, text="三楼东户", photos=(BEFORE,), added_by=DESK))
    driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "三楼东户", None, (AFTER,)))
    _, message = envelopes(driver)
    assert (message.note, message.attachments) == (WITHHELD, ())
    assert not [each for each in envelopes(driver) if "三楼东户" in each.model_dump_json()]


def test_a_cancelled_service_gets_the_reason_and_others_continue() -> None:
    driver = handed_over().sign("fire")
    dispatch_id = driver.dispatch_of("fire").id
    cancelled = routed(round_=2, withdrawn=(dispatch_id,)).model_copy(
        update={"rule": "handover", "explanation": "撤回。理由：误报"}
    )
    driver.apply(cancelled)
    stated = driver.last(command.DispatchWithdrawn)
    assert (stated.dispatch_id, stated.reason) == (dispatch_id, "by_hand")
    cancel = envelopes(driver)[-1]
    assert (cancel.kind, cancel.references) == ("Cancel", (str(dispatch_id),))
    assert "误报" in cancel.note
    assert driver.dispatch_of("sanitation").status == "awaiting_signature"


def test_a_confidential_hand_over_contains_neither_text_nor_exact_place() -> None:
    driver = dispatched(assignment("fire", "first_response", handover=HandoverTarget(agency="119")), confidential=True)
    (alert,) = envelopes(driver)
    assert alert.case.description == ""
    assert alert.attachments == ()
    assert alert.case.location is not None
    assert (alert.case.location.grid_code, alert.case.location.longitude) == (GRID[:12], None)
    assert alert.links is not None
    assert alert.links.text == f"/api/intake/cases/{CASE}/confidential", "the link is the only way to the address"
    (open_one,) = envelopes(handed_over())
    assert open_one.links is not None
    assert open_one.links.text is None


def test_ordinary_dispatches_have_no_hand_over_message() -> None:
    assert envelopes(dispatched(assignment("sanitation"), assignment("fire"))) == []


def test_a_message_names_the_linked_case() -> None:
    """The crash and its guardrail, linked before or after the fire brigade was called."""
    guardrail = acceptance.CaseLinked(relation="child", other_case_id=REPORT, other_case_number="LJ-2")
    alert = envelopes(
        CaseDriver().apply(filed(emergency=True), guardrail, routed(assignment("fire", "co", handover=AGENCY)))
    )[-1]
    assert alert.link == HandoverLink(direction="CHILD", other_id="LJ-2")
    driver = handed_over().apply(guardrail, guardrail)
    crash = acceptance.CaseLinked(relation="parent", other_case_id=CASE, other_case_number="LJ-0")
    driver.apply(crash, supervision.UnitUrged(dispatch_id=driver.dispatch_of("fire").id, text="请应答", urged_by=DESK))
    assert [(each.kind, each.link and (each.link.direction, each.link.other_id)) for each in envelopes(driver)] == [
        ("Alert", None),
        ("Update", ("CHILD", "LJ-2")),
        ("Update", ("PARENT", "LJ-0")),
        ("Update", ("PARENT", "LJ-0")),
    ]
    driver.apply(acceptance.CaseAttached(host_case_id=REPORT, host_case_number="LJ-9", rule="merged", decided_by=DESK))
    assert envelopes(driver)[-1].link == HandoverLink(direction="PARENT", other_id="LJ-9"), "the host continues"


def test_a_message_about_a_confidential_case_names_no_other() -> None:
    driver = dispatched(assignment("fire", "first_response", handover=AGENCY), confidential=True)
    driver.apply(acceptance.CaseLinked(relation="related", other_case_id=REPORT, other_case_number="LJ-2"))
    (alert,) = envelopes(driver)
    assert alert.link is None


@pytest.mark.parametrize("confidential", [False, True])
def test_a_service_gets_a_message_about_a_rework(confidential: bool) -> None:
    driver = dispatched(assignment("fire", handover=AGENCY), confidential=confidential)
    driver.run("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))
    lead = driver.dispatch_of("fire")
    driver.apply(
        supervision.ReworkOrdered(
            dispatch_id=lead.id, unit_id="fire", round=1, reason="by_hand", note="三楼复燃", milestones=lead.milestones
        )
    )
    message = envelopes(driver)[-1]
    assert (message.kind, message.references) == ("Update", (str(lead.id),))
    assert message.note.endswith("三楼复燃" if not confidential else WITHHELD)
    driver.run("fire", lambda on: answers.report_result(on, UNIT, "再次扑灭"))
    assert driver.last(handling.WorkCompleted).rework_round == 1


def test_a_service_gets_a_message_about_a_supervision_order() -> None:
    driver = handed_over().sign("fire")
    driver.apply(
        supervision.SupervisionOrderIssued(
            order_id=REPORT,
            kind="important",
            dispatch_id=driver.dispatch_of("fire").id,
            unit_id="fire",
            text="请通报进展",
            reply_due_at=MORNING,
            issued_by=DESK,
        )
    )
    assert (envelopes(driver)[-1].kind, envelopes(driver)[-1].note) == ("Update", "请通报进展")
