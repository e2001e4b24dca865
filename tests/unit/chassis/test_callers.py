"""The role in which a caller with several roles acts."""

from __future__ import annotations

from services.chassis.auth import Caller

BOTH = Caller(kind="account", id="a", roles=frozenset({"intake_clerk", "shift_lead", "administrator"}))


def test_a_caller_acts_in_the_role_that_allowed_the_call() -> None:
    """A later, narrower rule replaces the role; a rule that names none of the caller's roles changes nothing."""
    admitted = BOTH.acting_as("hotline", "shift_lead", "intake_clerk")
    assert admitted.actor().role == "shift_lead"
    assert admitted.acting_as("intake_clerk").actor().role == "intake_clerk"
    assert admitted.acting_as("assessor").actor().role == "shift_lead"


def test_without_a_rule_the_order_of_the_table_of_roles_decides() -> None:
    """The alphabet does not decide. A caller without roles has no role."""
    assert BOTH.actor().role == "intake_clerk"
    assert Caller(kind="key", id="k").actor().role is None
