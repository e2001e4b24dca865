"""Who may look at a photo: knowing its name opens nothing that its case keeps shut."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.chassis.auth import Caller
from services.intake.domain.photos import Look, Naming, look, who

PLAIN = Naming(UUID(int=1), confidential=False, readable=False, units=frozenset({"housing"}))
SECRET = Naming(UUID(int=2), confidential=True, readable=True, units=frozenset({"police"}))
ERASED = Naming(UUID(int=3), confidential=True, readable=False, units=frozenset({"police"}))


def person(*roles: str, **more: Any) -> Caller:
    return Caller(kind="account", id="someone", roles=frozenset(roles), **more)


CLERK = person("unit_clerk", unit_id="police")
DESK = person("shift_lead", "administrator", "leader", "dispatcher")
RESIDENT = Caller(kind="resident", id=str(UUID(int=1)), case_id=str(UUID(int=1)), report_id=str(UUID(int=1)))
STRANGER = Caller(kind="resident", id=str(UUID(int=9)), case_id=str(UUID(int=9)), report_id=str(UUID(int=9)))


@pytest.mark.parametrize(
    ("caller", "namings", "expected"),
    [
        (CLERK, [SECRET], "in_confidence"),
        (person("handler", unit_id="police"), [SECRET], "in_confidence"),
        (person("leader", unit_id="police"), [SECRET], "refused"),
        (person("unit_clerk", unit_id="housing"), [SECRET], "refused"),
        (DESK, [SECRET], "refused"),
        (CLERK, [ERASED], "refused"),
        (DESK, [PLAIN], "allowed"),
        (CLERK, [PLAIN], "allowed"),
        (RESIDENT, [PLAIN], "allowed"),
        (STRANGER, [PLAIN], "refused"),
    ],
)
def test_a_photo_is_for_whom_its_case_admits(caller: Caller, namings: list[Naming], expected: Look) -> None:
    assert look(caller, namings, ()) == expected


def test_naming_a_confidential_photo_in_a_plain_case_opens_it_to_nobody() -> None:
    assert look(DESK, [PLAIN, SECRET], ()) == "refused"
    assert look(RESIDENT, [PLAIN, SECRET], ()) == "refused"
    assert look(CLERK, [PLAIN, SECRET], ()) == "in_confidence"


def test_what_belongs_to_nothing_yet_is_for_whoever_brought_it() -> None:
    brought = [who(DESK)]
    assert look(DESK, [], brought) == "allowed"
    assert look(Caller(kind="key", id="someone"), [], brought) == "refused"
    assert look(CLERK, [], []) == "refused"


def test_whoever_told_it_in_confidence_sees_it_no_more() -> None:
    assert look(DESK, [SECRET], [who(DESK)]) == "refused"
