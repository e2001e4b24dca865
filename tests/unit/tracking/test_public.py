"""What residents read: their words (诉求, 已受理), never the centre's (案件, 立案)."""

from __future__ import annotations

import re

from contracts.case_state import STAGE_OF
from contracts.events.acceptance import CaseAttached, CaseNotFiled
from contracts.events.supervision import ClockStarted, DeadlineMoved
from services.tracking.domain import public
from services.tracking.domain.card import card
from services.tracking.domain.fold import fold
from services.tracking.domain.names import Names
from tests.unit.tracking.lives import ACTOR, CASE_CLOCK, LEAD, WHOLE_STORY, Life, an_id, at, dispatched, filed, received

NAMES = Names(None)
FORBIDDEN = re.compile(r"案件|立案|\b[Cc]ase\b|\b[Ff]iled\b")


def status_of(life: Life, host: Life | None = None) -> public.PublicStatus:
    return public.public_status(life.told, NAMES, fold(host.told) if host else None)


def test_every_status_has_words_for_residents() -> None:
    assert set(public.STATUSES) == set(STAGE_OF)


def test_residents_never_read_the_words_of_the_centre() -> None:
    for zh, en in public.STATUSES.values():
        assert not FORBIDDEN.search(zh + en)
    for step in status_of(Life().tell(WHOLE_STORY)).steps:
        assert not FORBIDDEN.search(step.text.zh + step.text.en)


def test_a_whole_life_as_its_reporter_reads_it() -> None:
    status = status_of(Life().tell(WHOLE_STORY))
    assert status.text.zh == "已办结"
    assert status.due_at is not None
    assert [step.text.en for step in status.steps[:3]] == [
        "Your report was received",
        "The situation is being verified",
        "Accepted",
    ]


def test_a_refusal_comes_with_its_reason() -> None:
    life = Life().say(received()).say(CaseNotFiled(reason="in_court_or_petition", decided_by=ACTOR))
    status = status_of(life)
    assert status.reason is not None
    assert status.reason.zh == "已进入诉讼或信访程序"


def test_an_attached_report_shows_how_its_host_stands() -> None:
    """interfaces.md: an attached report keeps its own number; its status shows `attached_to`."""
    attached = CaseAttached(
        host_case_id=an_id("case:host"), host_case_number="LJ-20261123-000001", rule="by_hand", decided_by=ACTOR
    )
    host = Life("host").say(received("LJ-20261123-000001")).say(filed()).say(dispatched(LEAD, "sanitation"))
    status = status_of(Life().say(received()).say(attached), host)
    assert status.case_number == "LJ-20261123-000123"
    assert status.attached_to == "LJ-20261123-000001"
    assert status.status == "awaiting_signature"


def test_a_confidential_matter_tells_no_units() -> None:
    life = Life().say(received(confidential=True)).say(filed(confidential=True)).say(dispatched(LEAD, "justice-office"))
    assert [step.text.en for step in status_of(life).steps] == ["Your report was received"]


def test_a_promise_into_a_year_that_is_not_announced_is_shown_as_provisional_until_it_stands() -> None:
    """暂定: on the card, to the reporter and in the record, with the instant that the announced calendar gives."""
    started = ClockStarted(clock_id=CASE_CLOCK, name="case", started_at=at(0), due_at=at(600), provisional=True)
    life = Life().say(received()).say(filed(provisional=True)).say(started)
    assert public.public_status(life.told, NAMES).provisional
    assert card(life.case_id, fold(life.told), NAMES).provisional
    life.say(DeadlineMoved(clock_id=CASE_CLOCK, name="case", due_at=at(900), reason="calendar"))
    told = public.public_status(life.told, NAMES)
    assert (told.due_at, told.provisional) == (at(900), False)
    shown = card(life.case_id, fold(life.told), NAMES)
    assert (shown.due_at, shown.provisional) == (at(900), False)
