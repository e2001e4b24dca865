"""Ids derived from the id of a case."""

from __future__ import annotations

from uuid import RFC_4122, UUID, uuid4

from services.chassis.identifiers import derive_id
from services.intake.store.identifiers import uuid7
from services.supervision.domain.evaluation.score_entries.facts import FactKey


def test_a_derived_id_is_deterministic() -> None:
    case_id = UUID("01938e5c-7a40-7cc3-98c4-dc0c0c07398f")
    assert derive_id(case_id, "a") == derive_id(case_id, "a") == UUID("01938e5c-7a40-8216-88a0-98bc3dd831bf")
    assert len({derive_id(case_id, name) for name in ("a", "b")} | {derive_id(uuid7(), "a")}) == 3


def test_a_derived_id_is_a_valid_uuid() -> None:
    for _ in range(50):
        found = derive_id(uuid4(), "name")
        assert (found.version, found.variant) == (8, RFC_4122)


def test_a_derived_id_sorts_next_to_its_case() -> None:
    """Inserts then touch neighbouring index pages, however many rows there are."""
    earlier, later = UUID(int=uuid7().int - (1000 << 80)), uuid7()
    key = FactKey("unit", "sanitation", "accepted", "x")
    for derived in (derive_id(earlier, "x"), key.id(earlier)):
        assert earlier.int >> 80 == derived.int >> 80
        assert derived < later
