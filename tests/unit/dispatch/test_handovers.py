"""移交: an emergency service acknowledges or refuses; by message, or by phone and entered later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import acceptance, command, handling, supervision
from contracts.command import Handoff
from contracts.handling import PhoneEntry
from contracts.handover import Handover
from contracts.webhooks import HandoverMessage
from services.dispatch.domain.orders import answers
from services.dispatch.domain.orders.actions import possible
from services.dispatch.domain.orders.answers import Answering
from services.dispatch.domain.orders.problems import DispatchNotOpenForThis, PhoneEntryNeeded
from tests.unit.dispatch.kit import DESK, GRID, MORNING, UNIT, House, dispatched, routed, to

CALL = PhoneEntry(contact="119 指挥中心 07 席", at=MORNING)
BY_DESK = Answering(DESK, for_unit=True)


def handed_over(**handoff: object) -> House:
    """The lead has its order, and the fire brigade was called in beside it."""
    return dispatched(
        to("sanitation"), to("fire", "first_response", handoff=Handoff.model_validate({"agency": "119", **handoff})),
        emergency=True,
    )  # fmt: skip


def test_an_emergency_service_takes_or_refuses_and_is_not_commanded() -> None:
    house = handed_over()
    settings = house.district.settings
    offered = possible(house.state, house.order("fire"), house.at, settings)
    assert {"sign", "refuse-handover", "progress", "complete"} <= set(offered)
    assert not {"request-return", "request-extension", "request-suspension"} & set(offered)
    assert "refuse-handover" not in possible(house.state, house.order("sanitation"), house.at, settings)


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
    house.hear(routed(to("fire", "first_response", handoff=Handoff(agency="119", mode="transfer")), round_=2))
    assert house.order("sanitation").status == "handling"
    said = house.last(command.CaseDispatched)
    assert said.handoff == Handoff(agency="119", mode="transfer")
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


def test_a_confidential_hand_over_tells_neither_text_nor_place() -> None:
    house = dispatched(to("fire", "first_response", handoff=Handoff(agency="119")), confidential=True)
    (alert,) = envelopes(house)
    assert alert.case.description == ""
    assert alert.attachments == ()
    assert alert.case.location is not None
    assert (alert.case.location.grid_code, alert.case.location.longitude) == (GRID[:12], None)


def test_ordinary_orders_have_no_envelope() -> None:
    assert envelopes(dispatched(to("sanitation"), to("fire"))) == []
