"""What stands in events for a confidential category: found by those who have the key, and worth nothing to others."""

from __future__ import annotations

from uuid import UUID

from services.chassis.category_pseudonyms import CategoryPseudonyms
from tests.unit.intake.kit import LITTER, SECRET, lijin

ONE, OTHER = UUID(int=1), UUID(int=2)


def test_a_matter_is_found_with_the_key_and_looks_different_in_every_case() -> None:
    ours, theirs = CategoryPseudonyms(b"ours"), CategoryPseudonyms(b"theirs")
    said = ours.pseudonym_of(ONE, SECRET)
    assert ours.category_of(ONE, said, lijin()) == SECRET
    assert said != ours.pseudonym_of(OTHER, SECRET)
    assert (ours.category_of(OTHER, said, lijin()), theirs.category_of(ONE, said, lijin())) == (None, None)
    assert ours.category_of(ONE, ours.pseudonym_of(ONE, LITTER), lijin()) is None, "only confidential matters hide"
