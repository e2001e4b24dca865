"""Nobody's words about a confidential matter are kept or told on: every field of every event that holds words is
walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.events.supervision.assistance import ASSISTS
from tests.contract.confided import WORDS, lives
from tests.support.rows import failing_rows

Field = tuple[str, ...]
"""The way to a field in an event."""

NAMES = frozenset(
    {
        "id",
        "role",
        "kind",
        "unit",
        "queue",
        "outcome",
        "milestone",
        "figure",
        "figures",
        "units",
        "officers",
        "evidence",
        "category_ids",
        "officer_grids",
        "grid_code",
        "community",
        "sha256",
        "category_pseudonym",
        "case_number",
        "other_case_number",
        "host_case_number",
        "child_case_number",
        "attached_case_number",
        "merged_case_number",
        "number",
        "channel_number",
        "caller_masked",
        "crew",
        "contact",
        "accepted_by",
        "post",
        "post_en",
        "name",
        "name_en",
        "unit_name",
        "unit_name_en",
        "category_name",
        "category_name_en",
        "condition_text",
        "condition_text_en",
        "closing_condition",
        "closing_condition_en",
    }
)
"""Fields that hold no words of a person: ids and codes, names in the register's own words (what a confidential case
says instead of them has tests of its own), and the post of who answered. Every other text is words, also one made
tomorrow.
"""

OF_NO_CASE = (
    *ASSISTS,
    *(
        EVENTS[name]
        for name in (
            "acceptance.storm_declared.v1",
            "acceptance.storm_ended.v1",
            "acceptance.reply_given.v1",
            "registry.entity_recorded.v1",
            "registry.release_published.v1",
            "registry.access_ended.v1",
        )
    ),
)
"""Said of areas, of many cases at once, or of the register."""

BY_RULES: frozenset[tuple[str, Field]] = frozenset(
    {
        ("command.decision_needed.v1", ("explanation",)),
        ("command.decision_needed.v1", ("explanation_en",)),
        ("command.decision_needed.v1", ("candidates", "reason")),
        ("command.decision_needed.v1", ("candidates", "reason_en")),
        ("supervision.unit_urged.v1", ("text_en",)),
        ("supervision.supervision_order_issued.v1", ("text_en",)),
        ("acceptance.case_answered.v1", ("answer_en",)),
    }
)
"""Words that only rules and the register write."""

NEVER_SAID = frozenset(
    {
        "acceptance.information_added.v1",
        "acceptance.verification_requested.v1",
        "acceptance.verification_passed_on.v1",
        "acceptance.verification_recorded.v1",
        "acceptance.settlement_recorded.v1",
        "acceptance.case_attached.v1",
        "acceptance.case_detached.v1",
        "acceptance.case_split.v1",
        "supervision.recheck_passed_on.v1",
        "supervision.recheck_recorded.v1",
        "supervision.review_recorded.v1",
        "supervision.sample_failed.v1",
    }
)
"""Not of a confidential case: nobody adds to it, verifies or rechecks it, and it is joined to no other."""


def words_of(model: type[BaseModel], way: Field = ()) -> Iterator[Field]:
    """The fields of a model that hold words, by the types of its fields."""
    for name, field in model.model_fields.items():
        if name in NAMES or name.endswith(("_id", "_ids")):
            continue
        for kind in _kinds(field.annotation):
            if kind is str:
                yield (*way, name)
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from words_of(kind, (*way, name))


def _kinds(annotation: Any) -> Iterator[Any]:
    inner = [each for each in get_args(annotation) if not isinstance(each, str | int) and each is not Ellipsis]
    if not inner:
        yield annotation
    for each in inner:
        yield from _kinds(each)


def texts(value: Any, way: Field) -> Iterator[str]:
    """What stands at the end of the way, of each where there are several."""
    if isinstance(value, tuple | list):
        for each in value:
            yield from texts(each, way)
    elif way:
        yield from texts(getattr(value, way[0], None), way[1:])
    elif isinstance(value, str):
        yield value


CASES = [model for model in EVENTS.values() if model not in OF_NO_CASE]
WALKED = [
    (model, way) for model in CASES for way in dict.fromkeys(words_of(model)) if (model.TYPE, way) not in BY_RULES
]


def named(value: Any) -> str:
    return value.TYPE if isinstance(value, type) else ".".join(value)


@pytest.fixture(scope="module")
def plain() -> list[Event]:
    return [event for said, _ in lives(confidential=False) for event in said]


@pytest.fixture(scope="module")
def secret() -> list[tuple[list[Event], str]]:
    return list(lives(confidential=True))


def test_of_a_confidential_case_nobodys_words_are_in_any_field(
    plain: list[Event], secret: list[tuple[list[Event], str]]
) -> None:
    """Of a plain case the same lives fill the field with somebody's words, so it was tried. A new field that holds
    words fails here until a life fills it.
    """

    def check(model: type[Event], way: Field) -> None:
        of_secret = [event for said, _ in secret for event in said if type(event) is model]
        if model.TYPE in NEVER_SAID:
            assert not of_secret
            return
        assert any(WORDS in text for event in plain if type(event) is model for text in texts(event, way)), "not tried"
        assert of_secret, "the confidential lives never come here"
        assert not [text for event in of_secret for text in texts(event, way) if WORDS in text]

    assert failing_rows(check, WALKED) == []


def test_nor_are_they_kept_or_sent_in_any_other_way(secret: list[tuple[list[Event], str]]) -> None:
    for said, beside in secret:
        assert not [event for event in said if WORDS in event.model_dump_json()]
        assert WORDS not in beside


def test_of_a_case_that_turns_out_confidential_no_field_keeps_what_was_said_in_the_open(plain: list[Event]) -> None:
    """ADR 0016: a case may be filed anew as confidential after units, reporters and leaders have written about it."""

    def check(model: type[Event], way: Field) -> None:
        said = [event for event in plain if type(event) is model]
        assert not [text for event in said for text in texts(event.redacted(), way) if WORDS in text]
        assert not [event for event in said if WORDS in event.redacted().model_dump_json()]

    assert failing_rows(check, WALKED) == []


_CANDIDATES = {"candidates.reason", "candidates.reason_en", "explanation", "explanation_en"}
REDACTED_BY_METHOD = {
    "ReportReceived": {"settlement.what_was_done"},
    "CaseRouted": {"assignments.instructions", *_CANDIDATES},
    "DecisionNeeded": _CANDIDATES,
}
"""Free text without a mark that the class removes in `redacted`."""


def test_every_free_text_of_an_event_has_a_redaction_mark() -> None:
    """Text that `redacted` of its class removes is named here, one by one."""

    def check(model: type[Event]) -> None:
        unmarked = {".".join(way) for way in words_of(model) if way[0] not in model.redaction_marks()}
        assert unmarked == REDACTED_BY_METHOD.get(model.__name__, set())

    assert failing_rows(check, ((model,) for model in CASES)) == []
