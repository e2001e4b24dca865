"""What is kept of events once their case is confidential: when, by whom and in which community, and no word."""

from __future__ import annotations

import json

import pytest

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.generate.asyncapi import samples
from contracts.masking import WITHHELD
from contracts.redaction import REDACTABLE, makes_confidential
from tests.unit.dispatch.kit import filed

SAMPLES = [EVENTS[name].parse(file.read_bytes()) for name in EVENTS for file in samples(name)]


@pytest.mark.parametrize("model", REDACTABLE, ids=lambda model: model.TYPE)
def test_what_is_emptied_are_fields_that_may_be_empty(model: type[Event]) -> None:
    for event in SAMPLES:
        if type(event) is model:
            assert model.parse(event.redacted().to_bytes()) == event.redacted(), "readers take it like any other"


def test_sealed_again_nothing_changes_and_other_facts_stay_as_they_are() -> None:
    for event in SAMPLES:
        once = event.redacted()
        assert once.redacted() == once
        assert type(event) in REDACTABLE or once is event


def test_no_word_no_photo_and_no_point_is_left() -> None:
    """Whatever the samples show in these facts: what remains are ids, times, codes of places not finer than a
    community.
    """
    for event in SAMPLES:
        if type(event) not in REDACTABLE:
            continue
        body = json.loads(event.redacted().to_bytes())
        told = {body.get(name) or "" for name in ("description", "note", "text", "question", "address", "explanation")}
        by = getattr(event, "urged_by", getattr(event, "issued_by", None))
        assert told <= {"", WITHHELD} or by.kind == "system"
        assert not body.get("photos")
        assert set(body.get("place") or {}) <= {"grid_code"}
        codes = (body.get("grid_code"), (body.get("place") or {}).get("grid_code"))
        assert all(len(code) <= 12 for code in (*codes, *body.get("officer_grids", ())) if code)
        assert not (body.get("settlement") or {}).get("what_was_done")


def test_only_filing_as_confidential_seals() -> None:
    assert makes_confidential(filed(confidential=True))
    assert not makes_confidential(filed())
