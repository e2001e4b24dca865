"""Pseudonyms of confidential categories in events."""

from __future__ import annotations

from uuid import UUID

from services.chassis.category_pseudonyms import CategoryPseudonyms
from tests.unit.intake.sample_district import LITTER, SECRET, lijin

CASE, OTHER_CASE = UUID(int=1), UUID(int=2)


def test_a_pseudonym_is_resolved_only_with_the_key_and_the_case() -> None:
    """Only confidential categories have pseudonyms."""
    ours, theirs = CategoryPseudonyms(b"ours"), CategoryPseudonyms(b"theirs")
    pseudonym = ours.pseudonym_of(CASE, SECRET)
    assert ours.category_of(CASE, pseudonym, lijin()) == SECRET
    assert pseudonym != ours.pseudonym_of(OTHER_CASE, SECRET)
    assert (ours.category_of(OTHER_CASE, pseudonym, lijin()), theirs.category_of(CASE, pseudonym, lijin())) == (
        None,
        None,
    )
    assert ours.category_of(CASE, ours.pseudonym_of(CASE, LITTER), lijin()) is None
