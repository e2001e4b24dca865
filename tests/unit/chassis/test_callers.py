"""In which role somebody acts, who has several."""

from __future__ import annotations

from services.chassis.auth import Caller

BOTH = Caller(kind="account", id="a", roles=frozenset({"intake_clerk", "shift_lead", "administrator"}))


def test_somebody_with_several_roles_acts_in_the_one_that_lets_them() -> None:
    """A later, narrower rule has the last word; what names none of theirs changes nothing."""
    at_the_door = BOTH.acting_as("hotline", "shift_lead", "intake_clerk")
    assert at_the_door.actor().role == "shift_lead"
    assert at_the_door.acting_as("intake_clerk").actor().role == "intake_clerk"
    assert at_the_door.acting_as("assessor").actor().role == "shift_lead"


def test_where_no_role_let_them_act_the_table_of_roles_decides_not_the_alphabet() -> None:
    """An order of the system by an account without any role names none."""
    assert BOTH.actor().role == "intake_clerk"
    assert Caller(kind="key", id="k").actor().role is None
