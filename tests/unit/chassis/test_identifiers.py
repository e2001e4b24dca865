"""Ids of what belongs to a case."""

from __future__ import annotations

from uuid import RFC_4122, UUID, uuid4

from services.chassis.identifiers import derive_id
from services.intake.store.identifiers import uuid7
from services.supervision.domain.evaluation.score_entries.facts import FactKey


def test_the_same_name_always_gives_the_same_id() -> None:
    case_id = UUID("01938e5c-7a40-7cc3-98c4-dc0c0c07398f")
    assert derive_id(case_id, "a") == derive_id(case_id, "a") == UUID("01938e5c-7a40-8216-88a0-98bc3dd831bf")
    assert len({derive_id(case_id, name) for name in ("a", "b")} | {derive_id(uuid7(), "a")}) == 3


def test_an_id_is_one_that_others_can_read() -> None:
    for _ in range(50):
        found = derive_id(uuid4(), "name")
        assert (found.version, found.variant) == (8, RFC_4122)


def test_what_belongs_to_a_case_sorts_beside_it() -> None:
    """So that an insert costs the same however many rows there are."""
    earlier, later = UUID(int=uuid7().int - (1000 << 80)), uuid7()
    key = FactKey("unit", "sanitation", "accepted", "x")
    for made in (derive_id(earlier, "x"), key.id(earlier)):
        assert earlier.int >> 80 == made.int >> 80
        assert made < later
