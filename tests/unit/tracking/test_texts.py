"""The timeline tells every event in both languages, and tells nobody what they may not know."""

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
from tests.unit.tracking.lives import ACTOR, VERIFY, WHOLE_STORY, Life, an_id, at, received

NAMES = Names(None)
HAN = re.compile(r"[一-鿿]")
CASE_EVENTS = [model for model in EVENTS.values() if model.SOURCE != "registry" and model not in ASSISTS]
"""Requests for help are no cases: no timeline tells them."""


def sentences_of(model: type[Event]) -> list[Sentence]:
    found = model.ABOUT.timeline
    assert found is not None
    return list(found.sentences.values()) if isinstance(found, Choice) else [found]


def test_every_event_has_its_sentence_in_both_languages() -> None:
    """A new event without words fails here; both languages have the same blanks, and each blank is filled."""

    def check(model: type[Event]) -> None:
        for line in sentences_of(model):
            blanks = {name for _, name, _, _ in string.Formatter().parse(line.zh) if name}
            assert HAN.search(line.zh)
            assert not HAN.search(line.en)
            assert blanks == {name for _, name, _, _ in string.Formatter().parse(line.en) if name}
            assert blanks <= {*line.placeholders, *model.model_fields}
            assert not line.note or line.note in model.model_fields  # type: ignore[attr-defined]

    assert failing_rows(check, ((model,) for model in CASE_EVENTS)) == []


@pytest.mark.parametrize("model", [VerificationPassedOn, RecheckPassedOn])
def test_a_task_taken_back_says_why(model: type[VerificationPassedOn | RecheckPassedOn]) -> None:
    """Each reason there is has a sentence of its own, beside the officer's own labels."""
    (reasons, _none), choice = get_args(model.model_fields["reason"].annotation), model.ABOUT.timeline
    assert isinstance(choice, Choice)
    assert set(choice.sentences) == {None, *get_args(reasons)}
    assert len({line.zh for line in choice.sentences.values()}) == len(choice.sentences)


def test_every_word_is_in_both_languages() -> None:

    def check(table: dict[str, tuple[str, str]]) -> None:
        for zh, en in table.values():
            assert zh
            assert en
            assert not HAN.search(en)

    assert failing_rows(check, ((each,) for name, each in vars(labels).items() if name.isupper())) == []


def test_every_closed_list_of_the_contracts_has_its_words() -> None:
    """A value that a contract adds must not reach people as an identifier."""
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


def test_who_took_a_hand_over_is_said_by_post() -> None:
    signed = handling.DispatchSigned(
        dispatch_id=an_id("fire"), unit_id="fire", accepted_by="119 指挥中心 07 席", signed_by=ACTOR
    )
    choice = handling.DispatchSigned.ABOUT.timeline
    assert isinstance(choice, Choice)
    assert choice.pick(signed).text(signed, NAMES).zh.endswith("接收移交（119 指挥中心 07 席）")


def test_a_whole_life_reads_oldest_first_without_a_blank_left_open() -> None:
    told = Life().tell(WHOLE_STORY).told
    shown = entries(reversed(told), NAMES, full=True)
    assert [entry.type for entry in shown] == [each.meta.type for each in told]
    for entry in shown:
        assert entry.text.zh
        assert entry.text.en
        assert not re.search(r"[{}]|None", entry.text.zh + entry.text.en)


def test_clocks_stay_out_of_the_short_form() -> None:
    told = Life().tell(WHOLE_STORY).told
    assert not any(".clock_" in entry.type for entry in entries(told, NAMES))


def test_whoever_may_not_know_reads_only_that_something_happened() -> None:
    shown = entries(Life().tell(WHOLE_STORY).told, NAMES, knows=False)
    assert {(entry.text.zh, entry.text.en) for entry in shown} == {(CONFIDENTIAL.zh, CONFIDENTIAL.en)}
    assert all(entry.by is None and entry.note is None for entry in shown)


def test_who_sent_a_task_by_hand_is_named_and_for_a_rule_nobody() -> None:
    asked = VerificationRequested(task_id=VERIFY, mode="phone", due_at=at(30))
    for by, named in ((None, None), (ACTOR.model_copy(update={"role": "intake_clerk", "unit_id": None}), "受理员")):
        told = Life().say(received()).say(asked.model_copy(update={"requested_by": by})).told
        entry = next(each for each in entries(told, NAMES) if each.type == VerificationRequested.TYPE)
        assert (entry.by.zh if entry.by else None) == named


def test_a_resident_is_never_named() -> None:
    """Work identities only: a reporter is "the reporter" however the event names them."""
    resident = ACTOR.model_copy(update={"kind": "resident", "id": "13800000000"})
    (entry,) = entries(Life().say(received(reported_by=resident)).told, NAMES)
    assert entry.by is not None
    assert (entry.by.zh, entry.by.en) == ("诉求人", "the reporter")
