"""Decisions about components: the maintainer and owner come before the list."""

from __future__ import annotations

from contracts.registry import Category
from services.routing.domain.decide import decide
from tests.unit.routing.sample_district import (
    COVER,
    entry,
    index,
    make_question,
)


def test_a_component_goes_to_its_maintainer_then_its_owner_then_the_list() -> None:
    found = index(COVER, entry("one", code="01002", lead="greens"))
    question = make_question("01002", component_id=COVER.id)
    assert decide(found, question).rule == "component_owner"
    assert decide(found, question).lead == "roads"
    assert decide(found, question.model_copy(update={"returned_as_lead": ("roads",)})).lead == "water"
    assert decide(found, question.model_copy(update={"returned_as_lead": ("roads", "water")})).lead == "greens"
    assert decide(found, make_question("01002", component_id="37052201002000099")).rule == "responsibility_list"


def test_a_component_does_not_decide_about_another_kind_of_category() -> None:
    """Litter at a manhole is not a case for the unit that maintains the sewers."""
    found = decide(index(COVER, entry("a", code="06010", lead="greens")), make_question("06010", component_id=COVER.id))
    assert (found.rule, found.lead) == ("responsibility_list", "greens")


LAMP = COVER.model_copy(update={"id": "37052201037000001", "category": "GB/component/01037", "managed_by": "county"})


def test_a_component_of_another_kind_in_the_same_major_does_not_decide() -> None:
    """A missing manhole cover beside a street lamp is not a case for the maintainer of the lamp."""
    found = decide(index(LAMP, entry("a", code="01002", lead="greens")), make_question("01002", component_id=LAMP.id))
    assert (found.rule, found.lead) == ("responsibility_list", "greens")


def test_the_level_of_a_component_of_another_kind_does_not_count() -> None:
    entries = (entry("any", code="01002", lead="greens"), entry("county", code="01002", lead="water", level="county"))
    assert decide(index(LAMP, *entries), make_question("01002", component_id=LAMP.id)).lead == "greens"


def test_a_component_of_the_same_kind_in_another_edition_decides() -> None:
    kind = Category(
        id="OLD/component/01-02",
        standard="OLD",
        kind="component",
        code="01-02",
        major="01",
        name="井盖",
        name_en="cover",
        crosswalk=("GB/component/01002",),
    )
    cover = COVER.model_copy(update={"category": kind.id})
    found = decide(
        index(cover, kind, entry("a", code="01002", lead="greens")), make_question("01002", component_id=cover.id)
    )
    assert (found.rule, found.lead) == ("component_owner", "roads")
