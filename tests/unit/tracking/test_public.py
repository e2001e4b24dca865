"""The public status page uses the residents' words (诉求, 已受理), not those of the centre (案件, 立案)."""

from __future__ import annotations

import re

from contracts.case_state import STAGE_OF
from contracts.events.acceptance import CaseAttached, CaseNotFiled
from contracts.events.supervision import ClockStarted, DeadlineMoved
from services.tracking.domain import public
from services.tracking.domain.card import card
from services.tracking.domain.fold import fold
from services.tracking.domain.names import Names
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import ACTOR, CASE_CLOCK, LEAD, at, dispatched, filed, received, stable_id

NAMES = Names(None)
FORBIDDEN = re.compile(r"案件|立案|\b[Cc]ase\b|\b[Ff]iled\b")


def status_of(history: CaseHistory, host: CaseHistory | None = None) -> public.PublicStatus:
    return public.public_status(history.recorded, NAMES, fold(host.recorded) if host else None)


def test_every_status_has_a_public_text() -> None:
    assert set(public.STATUSES) == set(STAGE_OF)


def test_no_public_text_uses_the_words_of_the_centre() -> None:
    for zh, en in public.STATUSES.values():
        assert not FORBIDDEN.search(zh + en)
    for step in status_of(CaseHistory().emit_all(FULL_HISTORY)).steps:
        assert not FORBIDDEN.search(step.text.zh + step.text.en)


def test_the_full_history_as_its_reporter_reads_it() -> None:
    status = status_of(CaseHistory().emit_all(FULL_HISTORY))
    assert status.text.zh == "已办结"
    assert status.due_at is not None
    assert [step.text.en for step in status.steps[:3]] == [
        "Your report was received",
        "The situation is being verified",
        "Accepted",
    ]


def test_a_refusal_has_its_reason() -> None:
    history = CaseHistory().emit(received()).emit(CaseNotFiled(reason="in_court_or_petition", decided_by=ACTOR))
    status = status_of(history)
    assert status.reason is not None
    assert status.reason.zh == "已进入诉讼或信访程序"


def test_an_attached_report_shows_the_status_of_its_host() -> None:
    """interfaces.md: an attached report keeps its own number; its status shows `attached_to`."""
    attached = CaseAttached(
        host_case_id=stable_id("case:host"), host_case_number="LJ-20261123-000001", rule="by_hand", decided_by=ACTOR
    )
    host = CaseHistory("host").emit(received("LJ-20261123-000001")).emit(filed()).emit(dispatched(LEAD, "sanitation"))
    status = status_of(CaseHistory().emit(received()).emit(attached), host)
    assert status.case_number == "LJ-20261123-000123"
    assert status.attached_to == "LJ-20261123-000001"
    assert status.status == "awaiting_signature"


def test_the_public_status_of_a_confidential_case_names_no_unit() -> None:
    history = (
        CaseHistory()
        .emit(received(confidential=True))
        .emit(filed(confidential=True))
        .emit(dispatched(LEAD, "justice-office"))
    )
    assert [step.text.en for step in status_of(history).steps] == ["Your report was received"]


def test_a_provisional_deadline_is_marked_until_the_calendar_is_announced() -> None:
    """暂定: on the card, on the public page and in the record."""
    started = ClockStarted(clock_id=CASE_CLOCK, name="case", started_at=at(0), due_at=at(600), provisional=True)
    history = CaseHistory().emit(received()).emit(filed(provisional=True)).emit(started)
    assert public.public_status(history.recorded, NAMES).provisional
    assert card(history.case_id, fold(history.recorded), NAMES).provisional
    history.emit(DeadlineMoved(clock_id=CASE_CLOCK, name="case", due_at=at(900), reason="calendar"))
    status = public.public_status(history.recorded, NAMES)
    assert (status.due_at, status.provisional) == (at(900), False)
    shown = card(history.case_id, fold(history.recorded), NAMES)
    assert (shown.due_at, shown.provisional) == (at(900), False)
