"""Who may look at a photo: one owner that admits the caller is enough, and knowing its name opens nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contracts.common import Actor
from services.chassis.auth import Caller
from services.intake.domain.photos import Owner, PhotoAccess, Upload, photo_access, uploader

PLAIN = Owner(UUID(int=1), "a", confidential=False, readable=False, units=frozenset({"housing"}))
SECRET = Owner(UUID(int=2), "a", confidential=True, readable=True, units=frozenset({"police"}))
ERASED = Owner(UUID(int=3), "a", confidential=True, readable=False, units=frozenset({"police"}))


def person(*roles: str, **more: Any) -> Caller:
    return Caller(kind="account", id="someone", roles=frozenset(roles), **more)


CLERK = person("unit_clerk", unit_id="police")
DESK = person("shift_lead", "administrator", "leader", "dispatcher")
RESIDENT = Caller(kind="resident", id=str(UUID(int=1)), case_id=str(UUID(int=1)), report_id=str(UUID(int=1)))
STRANGER = Caller(kind="resident", id=str(UUID(int=9)), case_id=str(UUID(int=9)), report_id=str(UUID(int=9)))
NOBODY = Caller(kind="resident", id="anonymous")


@pytest.mark.parametrize(
    ("caller", "owners", "expected"),
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
        (DESK, [SECRET, PLAIN], "allowed"),
        (RESIDENT, [SECRET, PLAIN], "allowed"),
        (STRANGER, [SECRET, PLAIN], "refused"),
        (person("unit_clerk", unit_id="police"), [ERASED, SECRET], "in_confidence"),
    ],
)
def test_a_photo_is_for_whom_one_of_its_cases_admits(
    caller: Caller, owners: list[Owner], expected: PhotoAccess
) -> None:
    assert photo_access(caller, owners, ())[0] == expected


def test_what_no_case_has_named_is_for_whoever_uploaded_it() -> None:
    uploads = [Upload(uploader(DESK), "a"), Upload(uploader(NOBODY), "a")]
    assert photo_access(DESK, [], uploads) == ("allowed", uploads[0])
    for other in (Caller(kind="key", id="someone"), STRANGER, NOBODY):
        assert photo_access(other, [], uploads) == ("refused", None)


def test_an_uploader_is_an_account_a_key_a_report_or_a_claim() -> None:
    assert uploader(DESK) == uploader(Actor(kind="account", id="someone")) == "account:someone"
    assert uploader(RESIDENT) == f"report:{UUID(int=1)}"
    assert uploader(NOBODY) == uploader(Actor(kind="resident", id="resident")) == ""
    assert uploader(NOBODY, "secret").startswith("claim:")
    assert "secret" not in uploader(NOBODY, "secret")
