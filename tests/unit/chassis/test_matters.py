"""What stands in events for a confidential category: found by those who have the key, and worth nothing to others."""

from __future__ import annotations

from uuid import UUID

from services.chassis.category_pseudonyms import MatterKeys
from tests.unit.intake.kit import LITTER, SECRET, lijin

ONE, OTHER = UUID(int=1), UUID(int=2)


def test_a_matter_is_found_with_the_key_and_looks_different_in_every_case() -> None:
    ours, theirs = MatterKeys(b"ours"), MatterKeys(b"theirs")
    said = ours.hidden(ONE, SECRET)
    assert ours.revealed(ONE, said, lijin()) == SECRET
    assert said != ours.hidden(OTHER, SECRET)
    assert (ours.revealed(OTHER, said, lijin()), theirs.revealed(ONE, said, lijin())) == (None, None)
    assert ours.revealed(ONE, ours.hidden(ONE, LITTER), lijin()) is None, "only confidential matters hide"
