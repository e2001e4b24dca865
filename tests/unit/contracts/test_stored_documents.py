"""Stored documents keep the fields of a newer version until they are redacted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args

import orjson
import pytest
from pydantic import BaseModel, Field, ValidationError

from contracts.base import Contract, StoredDocument, drop_unknown_fields
from services.chassis.release_store import StagedRelease
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.intake.domain.confidential import ConfidentialDetails
from services.registry.domain.list_draft import ListDraft
from services.routing.app import SERVICE as ROUTING
from services.routing.domain.question import Question
from services.supervision.app import SERVICE as SUPERVISION
from services.tracking.app import SERVICE as TRACKING

DOCUMENTS = [
    *(each.state for each in (INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)),
    StagedRelease,
    Question,
    ConfidentialDetails,
    ListDraft,
]


class Spot(Contract):
    """A contract inside a document; outside `load` it refuses unknown fields."""

    code: str = ""


class Part(BaseModel):
    spots: tuple[Spot, ...] = ()


class Document(StoredDocument):
    spot: Spot = Field(default_factory=Spot)
    parts: dict[str, Part] = Field(default_factory=dict[str, Part])


NEWER: dict[str, Any] = {
    "spot": {"of_newer": 1},
    "parts": {"a": {"spots": [{"code": "1", "of_newer": [2]}], "of_newer": {"x": 3}}},
    "of_newer": None,
}


def _reachable_classes(annotation: Any, found: set[Any]) -> Iterator[Any]:
    """Yield every class that the stored fields of a type can contain."""
    if isinstance(annotation, type) and annotation not in found:
        found.add(annotation)
        yield annotation
        if issubclass(annotation, BaseModel):
            for each in annotation.model_fields.values():
                if not each.exclude:
                    yield from _reachable_classes(each.annotation, found)
    for each in get_args(annotation):
        yield from _reachable_classes(each, found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.__name__)
def test_every_part_of_a_stored_document_is_a_model(document: type[StoredDocument]) -> None:
    """A dataclass or a named tuple cannot keep unknown fields."""
    parts = list(_reachable_classes(document, set()))
    not_models = [each for each in parts if dataclasses.is_dataclass(each) or hasattr(each, "_fields")]
    assert (not_models, document in parts) == ([], True)


def test_unknown_fields_survive_load_and_save_at_every_depth() -> None:
    loaded = Document.load(orjson.dumps(NEWER))
    assert orjson.loads(loaded.to_document(exclude_defaults=True)) == NEWER
    assert orjson.loads(loaded.model_copy(update={"parts": {}}).to_document(exclude_defaults=True)) == {
        "spot": {"of_newer": 1},
        "of_newer": None,
    }


def test_a_dump_of_a_document_has_only_known_fields() -> None:
    """A response or an event with a part of the document must contain only the fields of this version."""
    loaded = Document.load(orjson.dumps(NEWER))
    assert loaded.model_dump(exclude_defaults=True) == {"spot": {}, "parts": {"a": {"spots": ({"code": "1"},)}}}


def test_redaction_drops_unknown_fields_at_every_depth() -> None:
    loaded = Document.load(orjson.dumps(NEWER))
    drop_unknown_fields(loaded)
    assert orjson.loads(loaded.to_document(exclude_defaults=True)) == {"parts": {"a": {"spots": [{"code": "1"}]}}}


def test_a_contract_from_outside_is_refused_with_unknown_fields() -> None:
    with pytest.raises(ValidationError):
        Spot.model_validate({"code": "1", "of_newer": 2})
