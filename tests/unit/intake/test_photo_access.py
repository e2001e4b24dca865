"""Access to photos: one case that admits the caller is enough; knowing the name is not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contracts.common import Actor
from services.chassis.auth import Caller
from services.intake.domain.photos import Owner, PhotoAccess, Upload, photo_access, uploader

ORDINARY_OWNER = Owner(UUID(int=1), "a", confidential=False, readable=False, units=frozenset({"housing"}))
CONFIDENTIAL_OWNER = Owner(UUID(int=2), "a", confidential=True, readable=True, units=frozenset({"police"}))
ERASED_OWNER = Owner(UUID(int=3), "a", confidential=True, readable=False, units=frozenset({"police"}))


def person(*roles: str, **more: Any) -> Caller:
    return Caller(kind="account", id="someone", roles=frozenset(roles), **more)


CLERK = person("unit_clerk", unit_id="police")
DESK = person("shift_lead", "administrator", "leader", "dispatcher")
RESIDENT = Caller(kind="resident", id=str(UUID(int=1)), case_id=str(UUID(int=1)), report_id=str(UUID(int=1)))
OTHER_RESIDENT = Caller(kind="resident", id=str(UUID(int=9)), case_id=str(UUID(int=9)), report_id=str(UUID(int=9)))
ANONYMOUS = Caller(kind="resident", id="anonymous")


@pytest.mark.parametrize(
    ("caller", "owners", "expected"),
    [
        (CLERK, [CONFIDENTIAL_OWNER], "in_confidence"),
        (person("handler", unit_id="police"), [CONFIDENTIAL_OWNER], "in_confidence"),
        (person("leader", unit_id="police"), [CONFIDENTIAL_OWNER], "refused"),
        (person("unit_clerk", unit_id="housing"), [CONFIDENTIAL_OWNER], "refused"),
        (DESK, [CONFIDENTIAL_OWNER], "refused"),
        (CLERK, [ERASED_OWNER], "refused"),
        (DESK, [ORDINARY_OWNER], "allowed"),
        (CLERK, [ORDINARY_OWNER], "allowed"),
        (RESIDENT, [ORDINARY_OWNER], "allowed"),
        (OTHER_RESIDENT, [ORDINARY_OWNER], "refused"),
        (DESK, [CONFIDENTIAL_OWNER, ORDINARY_OWNER], "allowed"),
        (RESIDENT, [CONFIDENTIAL_OWNER, ORDINARY_OWNER], "allowed"),
        (OTHER_RESIDENT, [CONFIDENTIAL_OWNER, ORDINARY_OWNER], "refused"),
        (person("unit_clerk", unit_id="police"), [ERASED_OWNER, CONFIDENTIAL_OWNER], "in_confidence"),
    ],
)
def test_a_photo_is_readable_if_one_of_its_cases_admits_the_caller(
    caller: Caller, owners: list[Owner], expected: PhotoAccess
) -> None:
    assert photo_access(caller, owners, ())[0] == expected


def test_a_photo_without_a_case_is_readable_only_by_its_uploader() -> None:
    uploads = [Upload(uploader(DESK), "a"), Upload(uploader(ANONYMOUS), "a")]
    assert photo_access(DESK, [], uploads) == ("allowed", uploads[0])
    for other in (Caller(kind="key", id="someone"), OTHER_RESIDENT, ANONYMOUS):
        assert photo_access(other, [], uploads) == ("refused", None)


def test_an_uploader_is_an_account_a_key_a_report_or_a_claim() -> None:
    assert uploader(DESK) == uploader(Actor(kind="account", id="someone")) == "account:someone"
    assert uploader(RESIDENT) == f"report:{UUID(int=1)}"
    assert uploader(ANONYMOUS) == uploader(Actor(kind="resident", id="resident")) == ""
    assert uploader(ANONYMOUS, "secret").startswith("claim:")
    assert "secret" not in uploader(ANONYMOUS, "secret")
