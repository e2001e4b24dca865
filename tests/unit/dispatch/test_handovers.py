"""移交: an emergency service acknowledges or refuses; by message, or by phone and entered later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.base import Event
from contracts.events import acceptance, command, discovery, handling, supervision
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.command import HandoverTarget
from contracts.events.handling import PhoneEntry
from contracts.handover import Handover, HandoverLink
from contracts.masking import WITHHELD
from contracts.webhooks import HandoverMessage
from services.dispatch.domain.dispatches import answers
from services.dispatch.domain.dispatches.actions import possible_actions
from services.dispatch.domain.dispatches.answers import Responder
from services.dispatch.domain.dispatches.problems import DispatchNotOpenForThis, EvidenceMissing, PhoneEntryNeeded
from tests.unit.dispatch.kit import (
    AFTER,
    BEFORE,
    CASE,
    DESK,
    GRID,
    MORNING,
    REPORT,
    UNIT,
    House,
    dispatched,
    district,
    filed,
    routed,
    to,
)

CALL = PhoneEntry(contact="119 指挥中心 07 席", at=MORNING)
AGENCY = HandoverTarget(agency="119")
BY_DESK = Responder(DESK, for_unit=True)


def handed_over(**handover: object) -> House:
    """The lead has its order, and the fire brigade was called in beside it."""
    return dispatched(
        to("sanitation"),
        to("fire", "first_response", handover=HandoverTarget.model_validate({"agency": "119", **handover})),
        emergency=True,
    )


def test_an_emergency_service_takes_or_refuses_and_is_not_commanded() -> None:
    house = handed_over()
    settings = house.district.settings
    offered = possible_actions(house.state, house.order("fire"), house.at, settings)
    assert {"sign", "refuse-handover", "progress", "complete"} <= set(offered)
    assert not {"request-return", "request-extension", "request-suspension"} & set(offered)
    assert "refuse-handover" not in possible_actions(house.state, house.order("sanitation"), house.at, settings)


def test_a_refusal_ends_the_hand_over_and_leaves_the_rest_as_it_is() -> None:
    house = handed_over().do("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    said = house.last(handling.HandoverRefused)
    assert (said.unit_id, said.role, said.note) == ("fire", "first_response", "无火情")
    assert house.order("fire").status == "returned"
    assert house.order("sanitation").status == "awaiting_signature"
    house.do("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    assert len(house.all(handling.HandoverRefused)) == 1


def test_who_has_acknowledged_can_no_longer_refuse() -> None:
    house = handed_over().sign("fire")
    with pytest.raises(DispatchNotOpenForThis) as refused:
        house.do("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    assert "complete" in refused.value.members["possible"]


def test_to_be_on_the_way_is_not_yet_to_have_it() -> None:
    """§10.4: ours until an `Ack`. What they say before it is recorded, and they may still refuse."""
    house = handed_over().do("fire", lambda on: answers.report_progress(on, UNIT, "已出动两车", None, ()))
    assert house.last(handling.ProgressReported).note == "已出动两车"
    assert (house.all(handling.DispatchSigned), house.order("fire").status) == ([], "awaiting_signature")
    house.do("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    assert house.order("fire").status == "returned"
    ours = dispatched(to("sanitation")).do(
        "sanitation", lambda on: answers.report_progress(on, UNIT, "已出发", None, ())
    )
    assert ours.order("sanitation").status == "handling", "of an ordinary order it is"


def test_who_hands_it_to_a_crew_or_has_finished_it_has_taken_it() -> None:
    crew = handed_over().do("fire", lambda on: answers.assign_crew(on, UNIT, "特勤一站"))
    assert crew.last(handling.DispatchSigned).accepted_by == "特勤一站"
    done = handed_over().do("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))
    assert (done.order("fire").status, len(done.all(handling.DispatchSigned))) == ("completed", 1)


def test_a_refusal_by_phone_says_who_and_when() -> None:
    house = handed_over()
    with pytest.raises(PhoneEntryNeeded):
        house.do("fire", lambda on: answers.refuse_handover(on, BY_DESK, "无火情"))
    house.do("fire", lambda on: answers.refuse_handover(on, BY_DESK, "无火情", CALL))
    assert house.last(handling.HandoverRefused).by_phone == CALL


def test_what_was_handed_over_on_the_phone_is_acknowledged_at_once() -> None:
    house = handed_over(by_phone=CALL)
    said = house.last(handling.DispatchSigned)
    assert (said.unit_id, said.by_phone) == ("fire", CALL)
    assert house.order("fire").status == "handling"


def test_a_later_hand_over_leaves_every_order_where_it_is() -> None:
    house = dispatched(to("sanitation")).sign("sanitation").later(minutes=5)
    house.hear(routed(to("fire", "first_response", handover=HandoverTarget(agency="119", mode="transfer")), round_=2))
    assert house.order("sanitation").status == "handling"
    said = house.last(command.CaseDispatched)
    assert said.handover == HandoverTarget(agency="119", mode="transfer")
    assert said.sign_due_at == MORNING + timedelta(minutes=10)


def envelopes(house: House) -> list[Handover]:
    return [each.data for _, each in house.told if isinstance(each, HandoverMessage)]


def test_each_message_of_a_hand_over_names_the_one_it_began_with() -> None:
    house = handed_over()
    house.hear(supervision.UnitUrged(dispatch_id=house.order("fire").id, text="请应答", urged_by=DESK))
    house.hear(acceptance.CaseVoided(note="误报", decided_by=DESK))
    alert, update, cancel = envelopes(house)
    assert [each.kind for each in (alert, update, cancel)] == ["Alert", "Update", "Cancel"]
    assert alert.id == str(house.order("fire").id)
    assert update.references == cancel.references == (alert.id,)
    assert len({alert.id, update.id, cancel.id}) == 3


def test_whoever_was_called_in_hears_what_is_added_and_how_far_ours_are() -> None:
    """Else 119 is on its way to one person in the smoke while the reporter has said that there are two."""
    added = InformationAdded(report_id=REPORT, text="屋内还有一人", photos=(BEFORE,), added_by=DESK)
    house = handed_over().sign("fire").hear(added)
    house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "已封路", "围挡", (AFTER,)))
    house.do("fire", lambda on: answers.report_progress(on, UNIT, "已到场", None, ()))
    _, told, reached = envelopes(house)
    assert (told.kind, told.note, told.attachments[0].sha256) == ("Update", "屋内还有一人", BEFORE.sha256)
    assert (reached.kind, reached.note) == ("Update", "环卫中心 Sanitation [围挡]: 已封路")
    assert [each.sha256 for each in reached.attachments] == [AFTER.sha256]
    assert told.references == reached.references == (str(house.order("fire").id),)
    done = handed_over().sign("fire").do("fire", lambda on: answers.complete(on, UNIT, "solved", "已处置", ()))
    assert len(envelopes(done.hear(added))) == 1, "who has finished is left alone"


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
def test_the_alert_says_since_when_what_cap_calls_it_and_who_may_be_asked(confidential: bool) -> None:
    """§10.4: the number itself stands in no message; of a confidential matter nobody is named at all."""
    house = House()
    house.district = district(
        cap_categories={"GB30428-2-2013/event/05": "Safety", "GB30428-2-2013/event/05-02": "Fire"}
    )
    order = to("fire", handover=AGENCY)
    known = {"category_id": "GB30428-2-2013/event/05-02", "confidential": confidential}
    house.hear(received(caller_masked="138********"), filed(**known), routed(order))
    (alert,) = envelopes(house)
    assert (alert.case.occurred_at, alert.case.cap_category) == (MORNING - timedelta(minutes=20), "Fire")
    if confidential:
        assert alert.caller is None
    else:
        assert alert.caller is not None
        assert (alert.caller.masked, alert.caller.contact_url) == (
            "138********",
            f"/api/intake/reports/{REPORT}/reporter",
        )


def test_a_category_counts_before_its_major_and_what_nobody_names_is_safety() -> None:
    named = district(cap_categories={"GB/matter/06": "Env", "GB/matter/06010": "Health"})
    asked = ("GB/matter/06010", "GB/matter/06011", "GB/matter/06", "GB/matter/07001")
    assert [named.cap_category(each) for each in asked] == ["Health", "Env", "Env", "Safety"]


def test_of_a_confidential_matter_nothing_of_what_is_added_goes_into_an_envelope() -> None:
    house = dispatched(
        to("sanitation"), to("fire", "first_response", handover=AGENCY), confidential=True, evidence=()
    ).sign("sanitation")
    house.hear(InformationAdded(report_id=REPORT, text="三楼东户", photos=(BEFORE,), added_by=DESK))
    house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "三楼东户", None, (AFTER,)))
    _, told = envelopes(house)
    assert (told.note, told.attachments) == (WITHHELD, ())
    assert not [each for each in envelopes(house) if "三楼东户" in each.model_dump_json()]


def test_who_is_called_off_hears_why_and_the_others_go_on() -> None:
    house = handed_over().sign("fire")
    order = house.order("fire").id
    off = routed(round_=2, withdrawn=(order,)).model_copy(
        update={"rule": "handover", "explanation": "撤回。理由：误报"}
    )
    house.hear(off)
    said = house.last(command.DispatchWithdrawn)
    assert (said.dispatch_id, said.reason) == (order, "by_hand")
    cancel = envelopes(house)[-1]
    assert (cancel.kind, cancel.references) == ("Cancel", (str(order),))
    assert "误报" in cancel.note
    assert house.order("sanitation").status == "awaiting_signature"


def test_a_confidential_hand_over_tells_neither_text_nor_place() -> None:
    house = dispatched(to("fire", "first_response", handover=HandoverTarget(agency="119")), confidential=True)
    (alert,) = envelopes(house)
    assert alert.case.description == ""
    assert alert.attachments == ()
    assert alert.case.location is not None
    assert (alert.case.location.grid_code, alert.case.location.longitude) == (GRID[:12], None)
    assert alert.links is not None
    assert alert.links.text == f"/api/intake/cases/{CASE}/confidential", "else they would not know which door"
    (open_one,) = envelopes(handed_over())
    assert open_one.links is not None
    assert open_one.links.text is None


def test_ordinary_orders_have_no_envelope() -> None:
    assert envelopes(dispatched(to("sanitation"), to("fire"))) == []


def test_an_envelope_names_the_second_case_of_the_same_matter() -> None:
    """The crash and its guardrail: known before the fire brigade is called, or only afterwards."""
    guardrail = acceptance.CaseLinked(relation="child", other_case_id=REPORT, other_case_number="LJ-2")
    alert = envelopes(House().hear(filed(emergency=True), guardrail, routed(to("fire", "co", handover=AGENCY))))[-1]
    assert alert.link == HandoverLink(direction="CHILD", other_id="LJ-2")
    house = handed_over().hear(guardrail, guardrail)
    crash = acceptance.CaseLinked(relation="parent", other_case_id=CASE, other_case_number="LJ-0")
    house.hear(crash, supervision.UnitUrged(dispatch_id=house.order("fire").id, text="请应答", urged_by=DESK))
    assert [(each.kind, each.link and (each.link.direction, each.link.other_id)) for each in envelopes(house)] == [
        ("Alert", None),
        ("Update", ("CHILD", "LJ-2")),
        ("Update", ("PARENT", "LJ-0")),
        ("Update", ("PARENT", "LJ-0")),
    ]
    house.hear(acceptance.CaseAttached(host_case_id=REPORT, host_case_number="LJ-9", rule="merged", decided_by=DESK))
    assert envelopes(house)[-1].link == HandoverLink(direction="PARENT", other_id="LJ-9"), "its host goes on with it"


def test_of_a_confidential_case_no_envelope_names_another() -> None:
    house = dispatched(to("fire", "first_response", handover=AGENCY), confidential=True)
    house.hear(acceptance.CaseLinked(relation="related", other_case_id=REPORT, other_case_number="LJ-2"))
    (alert,) = envelopes(house)
    assert alert.link is None


def reported(channel: str = "emergency", number: str = "119-0007") -> discovery.ReportReceived:
    return discovery.ReportReceived.model_validate(
        {
            "report_id": REPORT,
            "case_number": "LJ-1",
            "channel": channel,
            "occurred_at": MORNING,
            "reported_at": MORNING,
            "registered_at": MORNING,
            "reported_by": DESK,
            "external": {"channel_number": "119", "number": number},
        }
    )


@pytest.mark.parametrize("mode", ["joint", "transfer"])
def test_what_they_have_acknowledged_is_not_taken_back_when_our_part_is_over(mode: str) -> None:
    """They took it over, and would be told "Cancel" for that; and that the fire is out is heard, however late."""
    house = handed_over(mode=mode).sign("fire").hear(closed("handed_over" if mode == "transfer" else "solved"))
    assert [each.dispatch_id for each in house.all(command.DispatchWithdrawn)] == [house.order("sanitation").id]
    assert [each.kind for each in envelopes(house)] == ["Alert", "Update"]
    assert "仍由贵方办理" in envelopes(house)[-1].note
    assert house.messages("fire")[-1] == "handover.message"
    assert "dispatch.withdrawn" not in house.messages("fire")
    assert not house.state.is_awaited(house.order("fire")), "nobody here waits for it"
    house.do("fire", lambda on: answers.report_progress(on, UNIT, "火势已控制", None, ()))
    house.do("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))
    assert (house.last(handling.ProgressReported).note, house.last(handling.WorkCompleted).note) == (
        "火势已控制",
        "已扑灭",
    )
    assert (house.order("fire").status, house.state.ended) == ("completed", "closed")
    assert house.all(handling.HandlingCompleted) == [], "our end stays as it was"


def test_who_has_not_answered_is_called_off_when_our_part_is_over() -> None:
    house = handed_over().sign("sanitation").complete("sanitation", AFTER).hear(closed())
    assert [each.kind for each in envelopes(house)] == ["Alert", "Cancel"]
    with pytest.raises(DispatchNotOpenForThis):
        house.do("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))


@pytest.mark.parametrize(("confidential", "outcome"), [(False, "solved"), (True, "handled")])
@pytest.mark.parametrize("role", ["lead", "co", "first_response"])
def test_the_result_of_an_envelope_finishes_every_hand_over(role: str, confidential: bool, outcome: str) -> None:
    """It has one word and no photos of ours: also of a confidential matter, also where they lead."""
    house = dispatched(to("sanitation"), to("fire", role, handover=AGENCY), confidential=confidential)
    house.do("fire", lambda on: answers.report_result(on, UNIT, "已扑灭", "07 席"))
    assert house.last(handling.WorkCompleted).outcome == outcome
    assert house.last(handling.DispatchSigned).accepted_by == "07 席", "who sends a result has it"


def test_evidence_is_asked_of_ordinary_leads_as_ever() -> None:
    with pytest.raises(EvidenceMissing):
        dispatched(to("fire")).do("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))


@pytest.mark.parametrize("confidential", [False, True])
def test_who_only_reads_envelopes_hears_that_it_is_to_be_done_once_more(confidential: bool) -> None:
    house = dispatched(to("fire", handover=AGENCY), confidential=confidential)
    house.do("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))
    lead = house.order("fire")
    house.hear(
        supervision.ReworkOrdered(
            dispatch_id=lead.id, unit_id="fire", round=1, reason="by_hand", note="三楼复燃", milestones=lead.milestones
        )
    )
    told = envelopes(house)[-1]
    assert (told.kind, told.references) == ("Update", (str(lead.id),))
    assert told.note.endswith("三楼复燃" if not confidential else WITHHELD)
    house.do("fire", lambda on: answers.report_result(on, UNIT, "再次扑灭"))
    assert house.last(handling.WorkCompleted).rework_round == 1


def test_who_only_reads_envelopes_hears_of_a_supervision_order() -> None:
    house = handed_over().sign("fire")
    house.hear(
        supervision.SupervisionOrderIssued(
            order_id=REPORT,
            kind="important",
            dispatch_id=house.order("fire").id,
            unit_id="fire",
            text="请通报进展",
            reply_due_at=MORNING,
            issued_by=DESK,
        )
    )
    assert (envelopes(house)[-1].kind, envelopes(house)[-1].note) == ("Update", "请通报进展")


ENDS = pytest.mark.parametrize(
    "end",
    [
        acceptance.CaseVoided(note="误报", decided_by=DESK),
        acceptance.CaseNotFiled(reason="not_ours", note="误报", decided_by=DESK),
        acceptance.CaseWithdrawn(note="误报", withdrawn_by=DESK),
    ],
    ids=["voided", "not filed", "withdrawn"],
)


@ENDS
def test_what_was_found_wrong_stays_with_who_has_it_and_they_hear_why(end: Event) -> None:
    """§10.4: after the `Ack` it is theirs. Whether they go on is theirs to decide, and what came of it is taken."""
    house = handed_over().sign("fire").hear(end)
    told = envelopes(house)[-1]
    assert (told.kind, told.note.endswith("误报"), "`Result`" in told.note) == ("Update", True, True)
    assert [each.dispatch_id for each in house.all(command.DispatchWithdrawn)] == [house.order("sanitation").id]
    house.do("fire", lambda on: answers.report_result(on, UNIT, "到场无警情"))
    assert (house.order("fire").status, house.last(handling.WorkCompleted).note) == ("completed", "到场无警情")


@ENDS
def test_what_was_found_wrong_is_taken_back_from_who_has_not_answered(end: Event) -> None:
    house = handed_over().hear(end)
    assert [(each.kind, each.note) for each in envelopes(house)][-1] == ("Cancel", "误报")
    assert house.order("fire").status == "withdrawn"


def test_who_still_has_it_hears_that_it_is_open_again() -> None:
    house = handed_over().sign("fire").hear(closed(), supervision.CaseReopened(reason="by_hand", reopened_by=DESK))
    assert house.messages("fire")[-4:] == [
        "dispatch.closed",
        "handover.message",
        "dispatch.reopened",
        "handover.message",
    ]
    assert envelopes(house)[-1].note == "重新处置 The case is open again."
    assert house.state.is_awaited(house.order("fire"))


def test_of_a_confidential_case_they_hear_that_it_is_over_and_nothing_else() -> None:
    house = dispatched(to("fire", "first_response", handover=AGENCY), emergency=True, confidential=True).sign("fire")
    house.hear(closed("handed_over", "张三平安"))
    assert not [each for each in house.told if "张三" in each[1].model_dump_json()]


def closed(outcome: str = "solved", note: str = "") -> supervision.CaseClosed:
    return supervision.CaseClosed.model_validate(
        {"outcome": outcome, "closing_condition_met": True, "note": note, "closed_by": DESK}
    )


def held_by_emergency_service(house: House) -> list[tuple[str, str, str]]:
    """Kind, our number and note of what goes back to whoever handed it to us."""
    return [(each.kind, each.case.number, each.note) for each in envelopes(house) if each.references == ("119-0007",)]


def test_who_handed_it_to_us_hears_what_was_done_and_when_it_is_open_again() -> None:
    house = House().hear(reported(), filed(case_number="LJ-1"), routed(to("sanitation"))).sign("sanitation")
    house.complete("sanitation", AFTER).hear(closed(note="核查通过"))
    assert held_by_emergency_service(house) == [("Ack", "LJ-1", ""), ("Result", "LJ-1", "已解决 Solved: 已清理")]
    house.hear(supervision.CaseReopened(reason="by_hand", reopened_by=DESK), closed("forced", "领导决定"))
    assert held_by_emergency_service(house)[2:] == [
        ("Update", "LJ-1", "重新处置 The case is open again."),
        ("Result", "LJ-1", "强制结案 Closed by a leader's decision: 已清理"),
    ]
    assert len({each.id for each in envelopes(house)}) == 4


@pytest.mark.parametrize(
    ("events", "note"),
    [
        ((acceptance.CaseWithdrawn(note="误报", withdrawn_by=DESK),), "已撤销 Withdrawn: 误报"),
        ((filed(case_number="LJ-1"), acceptance.CaseVoided(note="查无此事", decided_by=DESK)), "作废 Voided: 查无此事"),
        ((closed("settled_on_the_spot"),), "当场处置 Settled on the spot"),
        ((filed(case_number="LJ-1", confidential=True), closed("handed_over", "某人")), "已移交 Handed over"),
    ],
    ids=["withdrawn", "voided", "never filed", "confidential"],
)
def test_however_it_ends_who_handed_it_to_us_hears_it(events: tuple[Event, ...], note: str) -> None:
    assert held_by_emergency_service(House().hear(reported(), *events))[-1] == ("Result", "LJ-1", note)


def test_what_was_attached_to_another_case_hears_of_that_ones_end() -> None:
    """The same matter was reported before 119 handed it to us: its own case ends here, the host's is theirs too."""
    report = {"report_id": REPORT, "attached_case_number": "LJ-1", "reported_at": MORNING, "channel": "emergency"}
    joined = acceptance.ReportJoined.model_validate(
        {**report, "attached_case_id": REPORT, "external": {"channel_number": "119", "number": "119-0007"}}
    )
    host = House().hear(filed(case_number="LJ-9"), joined, closed())
    assert held_by_emergency_service(host) == [("Ack", "LJ-1", ""), ("Result", "LJ-1", "已解决 Solved")]
    assert [each.link for each in envelopes(host)] == [HandoverLink(direction="PARENT", other_id="LJ-9")] * 2
    attached = acceptance.CaseAttached(host_case_id=CASE, host_case_number="LJ-9", rule="merged", decided_by=DESK)
    own = House().hear(reported(), attached, closed())
    assert held_by_emergency_service(own) == []
    own.hear(acceptance.CaseDetached(host_case_id=CASE, decided_by=DESK), filed(case_number="LJ-1"))
    assert held_by_emergency_service(own) == [("Ack", "LJ-1", "")]
    left = acceptance.ReportLeft.model_validate({"report_id": REPORT, "attached_case_id": REPORT})
    assert held_by_emergency_service(House().hear(filed(), joined, left, closed())) == [("Ack", "LJ-1", "")]
