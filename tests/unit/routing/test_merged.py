"""并案 and back: what was decided before it, and overtaken since, goes to nobody again."""

from __future__ import annotations

from contracts.base import Event
from contracts.events.command import CaseDispatched, CaseRouted, DispatchWithdrawn
from services.routing.domain.manual_decision import decide_by_hand
from tests.unit.routing.desk import STREET_DISPATCHER, Desk, filed
from tests.unit.routing.test_put_right import LISTED, corrected
from tests.unit.routing.test_rounds import MERGED, UNDONE, names, taken_back
from tests.unit.routing.town import entry, town

LIST = (*LISTED, entry("e3", code="06010", lead="roads"))


def litter_by_greens() -> Desk:
    return Desk(town(*LIST)).say(filed("06011")).dispatch_all().sign("greens")


def made_and_taken_back(desk: Desk, routed: CaseRouted) -> list[Event]:
    """What dispatch says of a decision that it had heard of before the merge; routing hears it late."""
    ids = {each.unit_id: desk.order(each.unit_id, routed.round) for each in routed.assignments}
    return [
        *(
            CaseDispatched(
                dispatch_id=ids[each.unit_id],
                unit_id=each.unit_id,
                role=each.role,
                round=routed.round,
                milestones=(),
                sign_due_at=desk.at,
            )
            for each in routed.assignments
        ),
        *(DispatchWithdrawn(dispatch_id=key, unit_id=unit, reason="merged") for unit, key in ids.items()),
    ]


def leads(desk: Desk) -> list[str]:
    """Who was asked to lead, in order."""
    routed = [each for each in desk.said if isinstance(each, CaseRouted)]
    return [unit for each in routed for unit, role in names(each).items() if role == "lead"]


def test_corrected_and_merged_before_the_new_lead_signs_only_the_new_lead_has_it_again() -> None:
    """The former one keeps the place safe until then, and has an order still: undone, both got one."""
    desk = litter_by_greens()
    former = taken_back(desk, "greens", "roads")
    desk.say(corrected("07001")).dispatch_all().say(MERGED, *former, *taken_back(desk, "water"), UNDONE)
    assert leads(desk) == ["greens", "water", "water"]


def test_corrected_and_merged_before_dispatch_made_the_new_order_the_list_is_asked_anew() -> None:
    """Dispatch makes none of it, having heard of the merge first; and the former order is taken back for good."""
    desk = litter_by_greens()
    former = taken_back(desk, "greens", "roads")
    desk.say(corrected("07001"), MERGED, *former, UNDONE)
    assert leads(desk) == ["greens", "water", "water"]
    late = litter_by_greens().say(corrected("07001"), MERGED, UNDONE, *former)
    assert leads(late) == ["greens", "water", "water"], "also where the withdrawals are heard of after the undoing"


def test_corrected_while_its_first_orders_were_on_their_way_and_merged_it_is_routed_as_what_it_is() -> None:
    desk = Desk(town(*LIST)).say(filed("06011"))
    first = desk.routed
    desk.say(corrected("07001"), MERGED, UNDONE, *made_and_taken_back(desk, first))
    assert leads(desk) == ["greens", "water"]


def test_corrected_after_the_undoing_and_before_the_withdrawals_were_heard_of_there_is_one_lead() -> None:
    desk = litter_by_greens()
    former = taken_back(desk, "greens", "roads")
    desk.say(MERGED, UNDONE, corrected("07001"), *former)
    assert leads(desk) == ["greens", "water"]


def test_decided_anew_before_the_old_order_was_heard_of_nobody_is_called_twice() -> None:
    desk = Desk(town(*LIST)).say(filed("06011"))
    first = desk.routed
    desk.say(MERGED, UNDONE)
    assert leads(desk) == ["greens", "greens"], "asked anew, since nothing was known of the order"
    said = len(desk.said)
    desk.say(*made_and_taken_back(desk, first))
    assert len(desk.said) == said, "nothing is given again"


def test_asked_only_because_a_decision_was_not_heard_of_yet_nobody_is_asked_any_more() -> None:
    """What a person had decided is given again once it is heard of, and the question is none."""
    desk = Desk(town()).say(filed()).do(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    first = desk.routed
    desk.say(MERGED, UNDONE)
    assert desk.state.waiting is not None
    desk.say(*made_and_taken_back(desk, first))
    assert (names(desk.routed), desk.state.waiting) == ({"roads": "lead"}, None)
