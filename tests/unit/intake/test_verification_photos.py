"""Photos and notes that an answer to a verification needs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.common import Photo
from contracts.events.acceptance import (
    VerificationRecorded,
)
from services.intake.domain import verification
from services.intake.domain.required_photos import AbsenceNotShown, ReportPhotosNeeded, SitePhotosNeeded, VisitNotMade
from tests.unit.intake.sample_cases import event_names, last_event, triaged_case
from tests.unit.intake.sample_district import NOON, OFFICER, SHIFT_LEAD, lijin
from tests.unit.intake.verifying_cases import (
    FAR,
    NEAR,
    SITE,
    reply,
    verifying_case,
)


@pytest.mark.parametrize(
    ("photos", "enough"),
    [
        ((), False),
        ((NEAR,), False),
        ((FAR,), False),
        ((NEAR, FAR), True),
        ((NEAR, Photo(sha256="f" * 64, role="reference")), True),
    ],
)
def test_a_verification_on_site_needs_a_near_photo_and_one_of_the_surroundings(
    photos: tuple[Photo, ...], enough: bool
) -> None:
    case = verifying_case()
    if enough:
        reply(case, "confirmed", photos=photos)
    else:
        with pytest.raises(SitePhotosNeeded) as refused:
            reply(case, "confirmed", photos=photos)
        roles = {photo.role for photo in photos}
        where = "" if roles & {"far"} else "far or reference"
        assert refused.value.members["missing"] == ", ".join(filter(None, ("" if NEAR in photos else "near", where)))


def test_the_condition_names_the_photos_of_a_report() -> None:
    """They are needed for a confirmation on site and for a report from the site; the refusal names the missing ones."""
    wanted = {"category_id": "GB47678-5-2026/matter/01004", "condition_id": "01004-1"}
    assert lijin().conditions["01004-1"].report_evidence == ("near", "far")
    case = verifying_case(**wanted)
    with pytest.raises(SitePhotosNeeded) as refused:
        reply(case, "confirmed", photos=(NEAR, Photo(sha256="f" * 64, role="reference")))
    assert refused.value.members["roles"] == ["far"]
    reply(case, "confirmed", photos=SITE)
    assert case.state.status == "filed"
    with pytest.raises(ReportPhotosNeeded) as report_refused:
        triaged_case(OFFICER, **wanted)
    assert report_refused.value.members["roles"] == ["far"]
    offline = triaged_case(OFFICER, captured_at=NOON - timedelta(hours=1), **wanted)
    assert last_event(offline).missing == ("photo",), "an offline report waits for the desk"


@pytest.mark.parametrize(("note", "photos"), [("", SITE), ("  ", SITE), ("已离开", ()), ("已离开", (NEAR,))])
def test_not_found_needs_a_note_and_a_photo_of_the_place(note: str, photos: tuple[Photo, ...]) -> None:
    """The answer ends a resident's report."""
    case = verifying_case()
    with pytest.raises(AbsenceNotShown):
        reply(case, "not_found", note=note, photos=photos)
    reply(case, "not_found", note="已离开", photos=(FAR,))
    assert case.state.not_filed == "not_found_on_site"


@pytest.mark.parametrize("result", ["confirmed", "not_found", "wrong_place", "other"])
def test_an_answer_from_the_desk_without_a_visit_is_a_phone_call(result: verification.Result) -> None:
    """It needs a note about the call, and it does not end a resident's report."""
    case = verifying_case()
    with pytest.raises(VisitNotMade):
        reply(case, result, SHIFT_LEAD, photos=())
    reply(case, result, SHIFT_LEAD, photos=(), note="电话问过店主")
    recorded = next(each.event for each in case.emitted if isinstance(each.event, VerificationRecorded))
    assert (recorded.mode, recorded.officer_id) == ("phone", None)
    assert case.state.status == ("filed" if result == "confirmed" else "awaiting_filing")
    if result == "not_found":
        assert last_event(case).missing == ("decision",)


def test_the_desk_may_answer_with_photos_from_the_site() -> None:
    """The shift lead answers the task of an officer; it stays a verification on site."""
    case = verifying_case()
    reply(case, "not_found", SHIFT_LEAD, note="已离开")
    assert event_names(case)[-2:] == ["VerificationRecorded", "CaseNotFiled"]
    assert case.emitted[-2].event.mode == "site"  # type: ignore[attr-defined]
