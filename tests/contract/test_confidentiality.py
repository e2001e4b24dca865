"""No free text of a confidential case is stored or sent: the tests check every text field of every event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.events.supervision.assistance import ASSISTS
from tests.contract.free_text_cases import WORDS, free_text_cases
from tests.support.rows import failing_rows

Field = tuple[str, ...]
"""The path to a field in an event."""

NOT_FREE_TEXT = frozenset(
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
"""Text fields without free text: ids, codes, names from the registry, and the post of the person who answered. Other
tests cover what a confidential case states instead of the names. Every other text field counts as free text, also a
new one.
"""

WITHOUT_CASE = (
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
"""Events about areas, several cases or the registry."""

FILLED_BY_RULES: frozenset[tuple[str, Field]] = frozenset(
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
"""Text fields that only rules and the registry fill."""

NEVER_CONFIDENTIAL = frozenset(
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
"""Events that a confidential case never has: it has no verification, recheck, added information or attachment."""


def free_text_fields(model: type[BaseModel], path: Field = ()) -> Iterator[Field]:
    """Yield the paths of the free-text fields of a model."""
    for name, field in model.model_fields.items():
        if name in NOT_FREE_TEXT or name.endswith(("_id", "_ids")):
            continue
        for kind in _kinds(field.annotation):
            if kind is str:
                yield (*path, name)
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from free_text_fields(kind, (*path, name))


def _kinds(annotation: Any) -> Iterator[Any]:
    inner = [each for each in get_args(annotation) if not isinstance(each, str | int) and each is not Ellipsis]
    if not inner:
        yield annotation
    for each in inner:
        yield from _kinds(each)


def texts_at(value: Any, path: Field) -> Iterator[str]:
    """Yield the texts at the path."""
    if isinstance(value, tuple | list):
        for each in value:
            yield from texts_at(each, path)
    elif path:
        yield from texts_at(getattr(value, path[0], None), path[1:])
    elif isinstance(value, str):
        yield value


CASE_EVENTS = [model for model in EVENTS.values() if model not in WITHOUT_CASE]
TEXT_FIELDS = [
    (model, path)
    for model in CASE_EVENTS
    for path in dict.fromkeys(free_text_fields(model))
    if (model.TYPE, path) not in FILLED_BY_RULES
]


def named(value: Any) -> str:
    return value.TYPE if isinstance(value, type) else ".".join(value)


@pytest.fixture(scope="module")
def ordinary_events() -> list[Event]:
    return [event for said, _ in free_text_cases(confidential=False) for event in said]


@pytest.fixture(scope="module")
def confidential_cases() -> list[tuple[list[Event], str]]:
    found = list(free_text_cases(confidential=True))
    assert found
    return found


def test_no_free_text_of_a_confidential_case_is_in_an_event(
    ordinary_events: list[Event], confidential_cases: list[tuple[list[Event], str]]
) -> None:
    """The ordinary case fills the same field, which proves that the field was tested. A new field fails until a
    sample fills it.
    """

    def check(model: type[Event], path: Field) -> None:
        secret = [event for events, _ in confidential_cases for event in events if type(event) is model]
        if model.TYPE in NEVER_CONFIDENTIAL:
            assert not secret
            return
        assert any(
            WORDS in text for event in ordinary_events if type(event) is model for text in texts_at(event, path)
        ), "no ordinary case fills this field: state it in tests/contract/free_text_cases.py"
        assert secret, "no confidential case has this event: state it in tests/contract/free_text_cases.py"
        assert not [text for event in secret for text in texts_at(event, path) if WORDS in text]

    assert failing_rows(check, TEXT_FIELDS) == []


def test_no_free_text_of_a_confidential_case_is_in_the_state_or_a_message(
    confidential_cases: list[tuple[list[Event], str]],
) -> None:
    for events, messages in confidential_cases:
        assert not [event for event in events if WORDS in event.model_dump_json()]
        assert WORDS not in messages


def test_redaction_removes_free_text_from_every_event_of_an_ordinary_case(ordinary_events: list[Event]) -> None:
    """ADR 0016: a case may be filed again as confidential after people have written about it."""

    def check(model: type[Event], path: Field) -> None:
        events = [event for event in ordinary_events if type(event) is model]
        assert not [text for event in events for text in texts_at(event.redacted(), path) if WORDS in text]
        assert not [event for event in events if WORDS in event.redacted().model_dump_json()]

    assert failing_rows(check, TEXT_FIELDS) == []


_CANDIDATES = {"candidates.reason", "candidates.reason_en", "explanation", "explanation_en"}
REDACTED_BY_METHOD = {
    "ReportReceived": {"settlement.what_was_done"},
    "CaseRouted": {"assignments.instructions", *_CANDIDATES},
    "DecisionNeeded": _CANDIDATES,
}
"""Free text without a mark that the class removes in `redacted`."""


def test_every_free_text_field_has_a_redaction_mark() -> None:
    """Fields that the class itself removes in `redacted` are listed one by one."""

    def check(model: type[Event]) -> None:
        unmarked = {".".join(path) for path in free_text_fields(model) if path[0] not in model.redaction_marks()}
        assert unmarked == REDACTED_BY_METHOD.get(model.__name__, set())

    assert failing_rows(check, ((model,) for model in CASE_EVENTS)) == []
