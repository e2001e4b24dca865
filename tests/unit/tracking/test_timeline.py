"""The timeline has a sentence for every event in both languages and hides what the reader may not know."""

from __future__ import annotations

import re
import string
from typing import get_args

import pytest

from contracts import labels
from contracts.base import Event
from contracts.case_state import STAGE_OF
from contracts.catalogue import EVENTS
from contracts.events import handling
from contracts.events.acceptance import VerificationPassedOn, VerificationRequested
from contracts.events.supervision import RecheckPassedOn
from contracts.events.supervision.assistance import ASSISTS
from contracts.timeline import Choice, Sentence
from services.tracking.domain.names import Names
from services.tracking.domain.timeline import CONFIDENTIAL, entries
from tests.support.rows import failing_rows
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import ACTOR, VERIFY, at, received, stable_id

NAMES = Names(None)
HAN = re.compile(r"[一-鿿]")
CASE_EVENTS = [model for model in EVENTS.values() if model.SOURCE != "registry" and model not in ASSISTS]
"""Requests for help are not cases and have no timeline."""


def sentences_of(model: type[Event]) -> list[Sentence]:
    found = model.ABOUT.timeline
    assert found is not None
    return list(found.sentences.values()) if isinstance(found, Choice) else [found]


def test_every_event_has_a_sentence_in_both_languages() -> None:
    """Both languages have the same placeholders, and each placeholder is filled."""

    def check(model: type[Event]) -> None:
        for line in sentences_of(model):
            placeholders = {name for _, name, _, _ in string.Formatter().parse(line.zh) if name}
            assert HAN.search(line.zh)
            assert not HAN.search(line.en)
            assert placeholders == {name for _, name, _, _ in string.Formatter().parse(line.en) if name}
            assert placeholders <= {*line.placeholders, *model.model_fields}
            assert not line.note or line.note in model.model_fields  # type: ignore[attr-defined]

    assert failing_rows(check, ((model,) for model in CASE_EVENTS)) == []


@pytest.mark.parametrize("model", [VerificationPassedOn, RecheckPassedOn])
def test_every_reason_for_taking_a_task_back_has_its_own_sentence(
    model: type[VerificationPassedOn | RecheckPassedOn],
) -> None:
    (reasons, _none), choice = get_args(model.model_fields["reason"].annotation), model.ABOUT.timeline
    assert isinstance(choice, Choice)
    assert set(choice.sentences) == {None, *get_args(reasons)}
    assert len({line.zh for line in choice.sentences.values()}) == len(choice.sentences)


def test_every_label_is_in_both_languages() -> None:

    def check(table: dict[str, tuple[str, str]]) -> None:
        for zh, en in table.values():
            assert zh
            assert en
            assert not HAN.search(en)

    assert failing_rows(check, ((each,) for name, each in vars(labels).items() if name.isupper())) == []


def test_every_value_of_the_contracts_has_a_label() -> None:
    """Otherwise a new value would reach people as an identifier."""
    from contracts import common
    from contracts.events import acceptance, command, supervision
    from services.chassis.auth import ROLES

    pairs = [
        (get_args(common.Channel), labels.CHANNELS),
        (get_args(acceptance.NotFiledReason), labels.NOT_FILED),
        (get_args(acceptance.Relation), labels.RELATIONS),
        (get_args(acceptance.VerifyMode) + get_args(acceptance.RecheckMode), labels.MODES),
        (get_args(command.RoutingRule), labels.ROUTING_RULES),
        (get_args(command.DispatchRole), labels.DISPATCH_ROLES),
        (get_args(handling.ReturnReason), labels.RETURN_REASONS),
        (get_args(handling.WorkOutcome), labels.WORK_OUTCOMES),
        (get_args(supervision.CloseOutcome), labels.CLOSE_OUTCOMES),
        (get_args(supervision.ClockName), labels.CLOCKS),
        (get_args(supervision.Light), labels.LIGHTS),
        (get_args(supervision.AttentionReason), labels.ATTENTION_REASONS),
        (set(STAGE_OF.values()), labels.STAGES),
        (ROLES, labels.ROLES),
    ]
    for values, table in pairs:
        assert set(values) <= set(table)


def test_the_person_who_accepts_a_hand_over_is_named_by_post() -> None:
    signed = handling.DispatchSigned(
        dispatch_id=stable_id("fire"), unit_id="fire", accepted_by="119 指挥中心 07 席", signed_by=ACTOR
    )
    choice = handling.DispatchSigned.ABOUT.timeline
    assert isinstance(choice, Choice)
    assert choice.pick(signed).text(signed, NAMES).zh.endswith("接收移交（119 指挥中心 07 席）")


def test_the_full_history_is_complete_and_oldest_first() -> None:
    recorded = CaseHistory().emit_all(FULL_HISTORY).recorded
    shown = entries(reversed(recorded), NAMES, full=True)
    assert [entry.type for entry in shown] == [each.meta.type for each in recorded]
    for entry in shown:
        assert entry.text.zh
        assert entry.text.en
        assert not re.search(r"[{}]|None", entry.text.zh + entry.text.en)


def test_clock_events_are_only_in_the_full_timeline() -> None:
    recorded = CaseHistory().emit_all(FULL_HISTORY).recorded
    assert not any(".clock_" in entry.type for entry in entries(recorded, NAMES))
    assert any(".clock_" in entry.type for entry in entries(recorded, NAMES, full=True))


def test_a_reader_who_may_not_know_sees_only_that_something_happened() -> None:
    shown = entries(CaseHistory().emit_all(FULL_HISTORY).recorded, NAMES, knows=False)
    assert {(entry.text.zh, entry.text.en) for entry in shown} == {(CONFIDENTIAL.zh, CONFIDENTIAL.en)}
    assert all(entry.by is None and entry.note is None for entry in shown)


def test_a_task_requested_by_a_person_names_that_person() -> None:
    asked = VerificationRequested(task_id=VERIFY, mode="phone", due_at=at(30))
    for by, expected in ((None, None), (ACTOR.model_copy(update={"role": "intake_clerk", "unit_id": None}), "受理员")):
        recorded = CaseHistory().emit(received()).emit(asked.model_copy(update={"requested_by": by})).recorded
        entry = next(each for each in entries(recorded, NAMES) if each.type == VerificationRequested.TYPE)
        assert (entry.by.zh if entry.by else None) == expected


def test_a_resident_is_never_named() -> None:
    """Only staff are named; a reporter is "the reporter"."""
    resident = ACTOR.model_copy(update={"kind": "resident", "id": "13800000000"})
    (entry,) = entries(CaseHistory().emit(received(reported_by=resident)).recorded, NAMES)
    assert entry.by is not None
    assert (entry.by.zh, entry.by.en) == ("诉求人", "the reporter")
