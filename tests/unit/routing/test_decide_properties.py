"""Properties of routing decisions for generated lists and questions."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.registry import Category, Match, Responsibility
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Question
from tests.unit.routing.sample_district import (
    CATEGORIES,
    COMMUNITY,
    COVER,
    GRID,
    KINDS,
    MICRO,
    MIDNIGHT,
    NOON,
    OTHER_STREET,
    PLAN_GAS,
    PLAN_GENERAL,
    WHOLE_KIND,
    entries_of,
    major,
    make_district,
    make_question,
)

UNITS = sorted(KINDS)
AREAS = ["370522", "370522001", "370522002", COMMUNITY, f"{GRID[:13]}", GRID, MICRO]
MATCHES = [*(Match(category=each.id) for each in CATEGORIES), major("06"), major("15"), major("05"), WHOLE_KIND]


def _random_entry(number: int) -> Responsibility:
    """Return a random entry; the same number gives the same entry."""
    choose = Random(number)
    lead = choose.choice([*UNITS, "nobody", None])
    excluded = choose.sample([unit for unit in UNITS if unit != lead], choose.randint(0, 2))
    if lead is None and not excluded:
        excluded = ["gas"]
    free = [unit for unit in UNITS if unit != lead and unit not in excluded]
    return Responsibility(
        id="e",
        match=choose.choice(MATCHES),
        area=choose.choice(AREAS),
        hours=choose.choice(["any", "office", "night"]),
        lead=lead,
        excluded=tuple(excluded),
        co=tuple(choose.sample(free, choose.randint(0, 2))) if lead else (),
        excluded_kinds=tuple(choose.sample(["contractor", "property_company"], choose.randint(0, 1))),
    )


ENTRIES = [_random_entry(number) for number in range(2_000)]
"""A pool of entries, because creating entries for each example is slow."""

lists = st.lists(st.sampled_from(ENTRIES), max_size=25).map(entries_of)
questions = st.builds(
    make_question,
    st.sampled_from([each.code for each in CATEGORIES]),
    area=st.sampled_from([GRID, MICRO, OTHER_STREET, COMMUNITY]),
    at=st.sampled_from([NOON, MIDNIGHT]),
    returned=st.lists(st.sampled_from(UNITS), max_size=2, unique=True).map(tuple),
    component_id=st.sampled_from([None, COVER.id]),
    fresh=st.booleans(),
)


@settings(max_examples=150)
@given(lists, questions, st.randoms(use_true_random=False))
def test_a_decision_does_not_depend_on_the_order_of_the_list(
    found: tuple[Responsibility, ...], question: Question, shuffle: object
) -> None:
    one = decide(ListIndex(make_district(*found, PLAN_GAS, PLAN_GENERAL, COVER)), question)
    mixed = [*found, PLAN_GENERAL, PLAN_GAS, COVER]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert decide(ListIndex(make_district(*mixed)), question) == one


@settings(max_examples=150)
@given(lists, questions)
def test_a_decision_is_reproducible_from_its_recorded_question(
    found: tuple[Responsibility, ...], question: Question
) -> None:
    index = ListIndex(make_district(*found, PLAN_GAS, PLAN_GENERAL, COVER))
    assert decide(index, Question.model_validate_json(question.model_dump_json())) == decide(index, question)


@settings(max_examples=300)
@given(lists, questions)
def test_the_index_finds_the_same_lead_as_reading_the_whole_list(
    found: tuple[Responsibility, ...], question: Question
) -> None:
    """The plain algorithm: all applying entries without the excluded units, sorted by how specific they are."""
    district = make_district(*found)
    category = district.categories[question.category_id]
    decision = decide(ListIndex(district), question.model_copy(update={"component_id": None}))
    office = question.at == NOON
    applying = [each for each in found if _applies(each, category, question.area, office=office)]
    banned = {unit for each in applying for unit in each.excluded}
    kinds = {kind for each in applying for kind in each.excluded_kinds}
    leads = [
        each
        for each in applying
        if each.lead in district.units
        and each.lead not in banned
        and each.lead not in question.returned
        and district.units[each.lead].kind not in kinds
        and (not district.units[each.lead].areas or question.area.startswith(district.units[each.lead].areas))
    ]
    best = max((_specific(each) for each in leads), default=None)
    named = {each.lead for each in leads if _specific(each) == best}
    assert decision.lead == (named.pop() if len(named) == 1 else None)
    if decision.lead is None:
        assert decision.needed == (
            "list_disagrees" if named else "no_candidate_left" if question.returned else "no_match"
        )


@settings(max_examples=200)
@given(lists, questions)
def test_a_decision_has_one_lead_or_needs_a_person_and_one_assignment_per_unit(
    found: tuple[Responsibility, ...], question: Question
) -> None:
    decision = decide(ListIndex(make_district(*found, PLAN_GAS, PLAN_GENERAL, COVER)), question)
    leads = [each for each in decision.assignments if each.role == "lead"]
    assert len(leads) == (0 if decision.needed else 1)
    units = [each.unit_id for each in decision.assignments]
    assert len(units) == len(set(units))
    assert not set(units) & set(question.returned)
    assert {each.unit_id for each in leads} <= {each.unit_id for each in decision.candidates if not each.excluded}
    if question.confidential:
        assert not any(each.role == "co" for each in decision.assignments)
        assert all(each.entry_id is None for each in decision.candidates)


def _applies(each: Responsibility, category: Category, area: str, *, office: bool) -> bool:
    hours = each.hours == "any" or (each.hours == "office") == office
    return hours and area.startswith(each.area) and each.match.covers(category)


def _specific(each: Responsibility) -> tuple[int, int, bool]:
    return len(each.area), each.match.precision, each.hours != "any"
