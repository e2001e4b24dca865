"""Redaction of the events of a confidential case."""

from __future__ import annotations

import json

import pytest

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.generate.asyncapi import samples
from contracts.masking import WITHHELD
from contracts.redaction import REDACTABLE, makes_confidential
from tests.unit.dispatch.sample_events import filed

SAMPLES = [EVENTS[name].parse(file.read_bytes()) for name in EVENTS for file in samples(name)]


@pytest.mark.parametrize("model", REDACTABLE, ids=lambda model: model.TYPE)
def test_a_redacted_event_is_still_valid(model: type[Event]) -> None:
    samples_of_model = [event for event in SAMPLES if type(event) is model]
    assert samples_of_model
    for event in samples_of_model:
        assert model.parse(event.redacted().to_bytes()) == event.redacted()


def test_redaction_is_idempotent_and_leaves_other_events_unchanged() -> None:
    for event in SAMPLES:
        once = event.redacted()
        assert once.redacted() == once
        assert type(event) in REDACTABLE or once is event


def test_redaction_removes_texts_photos_and_exact_places() -> None:
    """Ids, times and places down to the community remain."""
    redactable = [event for event in SAMPLES if type(event) in REDACTABLE]
    assert redactable
    for event in redactable:
        body = json.loads(event.redacted().to_bytes())
        texts = {body.get(name) or "" for name in ("description", "note", "text", "question", "address", "explanation")}
        author = getattr(event, "urged_by", getattr(event, "issued_by", None))
        assert texts <= {"", WITHHELD} or author.kind == "system"
        assert not body.get("photos")
        assert set(body.get("place") or {}) <= {"grid_code"}
        codes = (body.get("grid_code"), (body.get("place") or {}).get("grid_code"))
        assert all(len(code) <= 12 for code in (*codes, *body.get("officer_grids", ())) if code)
        assert not (body.get("settlement") or {}).get("what_was_done")


def test_only_a_confidential_filing_makes_a_case_confidential() -> None:
    assert makes_confidential(filed(confidential=True))
    assert not makes_confidential(filed())
