"""B9: routing decisions per second with 10,000 list entries and 100,000 grids, and the time to index a release.

`python -m bench.routing` prints the decisions per CPU second of one process. It compares them with a floor, which only
builds one `Assignment` and one `Candidate` from the routing question, without a decision.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import process_time

from contracts.common import Actor
from contracts.events.acceptance import Milestone
from contracts.events.command import Assignment, Candidate, CaseRouted
from contracts.registry import (
    Category,
    Centre,
    Community,
    DistrictSettings,
    Entity,
    Grid,
    Match,
    Plan,
    Responsibility,
    Team,
    Unit,
)
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Question
from services.routing.domain.responsibility_list import Hours

GRIDS, ENTRIES, UNITS, CATEGORIES, QUESTIONS = 100_000, 10_000, 300, 200, 20_000
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
LIMIT = Milestone(name="修复", name_en="fixed", amount=1, unit="work_day")
MACHINE = Actor(kind="system", id="routing")


def big_district(seed: int = 20261123) -> RegistrySnapshot:
    """Return a district of the size of a large city: 16 streets, 1,600 communities, 100,000 grids."""
    chance = random.Random(seed)
    units = [f"unit-{number}" for number in range(UNITS)]
    categories = [_category(number) for number in range(CATEGORIES)]
    communities = [f"370522{street:03}{number:03}" for street in range(1, 17) for number in range(1, 101)]
    grids = [f"{community}{number:03}" for community in communities for number in range(1, 64)][:GRIDS]
    areas = ["370522", *{code[:9] for code in communities}, *communities]
    entities: list[Entity] = [
        DistrictSettings(id="370522", name="县", name_en="county", case_prefix="LJ"),
        Centre(id="county", level="county", name="县", name_en="county", areas=("370522",)),
        *(Unit(id=unit, name=f"单位{unit}", name_en=unit, kind="authority") for unit in units),
        *categories,
        *(
            Community(
                id=code,
                name=f"社区{code}",
                name_en=code,
                street=code[:9],
                street_name=code[:9],
                street_name_en=code[:9],
                households=300,
            )
            for code in communities
        ),
        *(
            Grid(
                id=code, kind="base", name=f"网格{code}", name_en=code, community=code[:12], valid_from=date(2026, 1, 1)
            )
            for code in grids
        ),
        *_list(chance, units, categories, areas, grids),
        Team(id="mobile", kind="mobile", name="机动组", name_en="mobile", convenor=units[0], areas=("370522",)),
        Plan(id="plan", name="预案", name_en="plan", first_response="mobile"),
    ]
    records: dict[str, dict[str, Entity]] = {}
    for entity in entities:
        records.setdefault(entity.KIND, {})[entity.id] = entity
    return RegistrySnapshot.from_records(1, records)


def questions(district: RegistrySnapshot, count: int = QUESTIONS, seed: int = 7) -> list[Question]:
    """Return routing questions about random categories, grids and hours. One in twenty is about an emergency."""
    chance = random.Random(seed)
    grids, categories = list(district.grids), list(district.categories)
    return [
        Question(
            category_id=chance.choice(categories),
            area=chance.choice(grids),
            milestones=(LIMIT,),
            at=START + timedelta(minutes=chance.randrange(60 * 24 * 300)),
            emergency=chance.random() < 0.05,
        )
        for _ in range(count)
    ]


def per_second(step: Callable[[Question], object], asked: list[Question]) -> float:
    """Call `step` for each question, in three passes. Return the calls per CPU second of the fastest pass."""
    best = 0.0
    for _ in range(3):
        started = process_time()
        for question in asked:
            step(question)
        best = max(best, len(asked) / (process_time() - started))
    return best


def main() -> None:
    """Measure and print the rates, and the time to index a release."""
    district = big_district()
    started = process_time()
    index = ListIndex(district)
    built = process_time() - started
    asked = questions(district)
    answered = [decide(index, question) for question in asked]
    rate = per_second(lambda question: decide(index, question), asked)
    floor = per_second(_floor, asked)
    events = per_second(lambda question: _event(index, question).to_bytes(), asked)
    found = sum(decision.lead is not None for decision in answered)
    considered = sum(len(decision.candidates) for decision in answered) / len(answered)
    print(f"B9 routing: {GRIDS:,} grids, {ENTRIES:,} entries, {QUESTIONS:,} questions")
    print(f"  leads found              {found / len(answered):8.1%}   candidates each {considered:.1f}")
    print(f"  decisions                {rate:8,.0f}/s  goal 20,000/s: {rate / 20_000:.2f} ×")
    print(f"  floor (build one answer) {floor:8,.0f}/s  ratio {rate / floor:.2f}")
    print(f"  decision → event bytes   {events:8,.0f}/s")
    print(f"  new release, index built {built:8.3f} s  goal 5 s: {built / 5:.3f} ×")


def _floor(question: Question) -> object:
    return (
        Assignment(unit_id=question.category_id, role="lead", milestones=question.milestones),
        Candidate(
            unit_id=question.area, unit_name="", unit_name_en="", rule="responsibility_list", reason="", reason_en=""
        ),
    )


def _event(index: ListIndex, question: Question) -> CaseRouted:
    decision = decide(index, question)
    return CaseRouted(
        round=1,
        rule=decision.rule,
        list_version=decision.list_version,
        assignments=decision.assignments,
        candidates=decision.candidates,
        explanation=decision.explanation,
        explanation_en=decision.explanation_en,
        decided_by=MACHINE,
    )


def _category(number: int) -> Category:
    code = f"{number % 20 + 1:02}{number:03}"
    return Category(
        id=f"GB/matter/{code}",
        standard="GB",
        kind="matter",
        code=code,
        major=code[:2],
        name=f"类别{code}",
        name_en=f"category {code}",
    )


def _list(
    chance: random.Random, units: list[str], categories: list[Category], areas: list[str], grids: list[str]
) -> list[Responsibility]:
    """Return random entries of the responsibility list. No two have the same category, area and hours."""
    entries: dict[tuple[str, str, str], Responsibility] = {}
    while len(entries) < ENTRIES:
        category = chance.choice(categories)
        whole_major = chance.random() < 0.1
        drawn = chance.random()
        area = "370522" if drawn < 0.05 else chance.choice(grids if drawn < 0.3 else areas)
        hours: Hours = chance.choice(("any", "any", "any", "office", "night"))
        key = (category.major if whole_major else category.id, area, hours)
        if key not in entries:
            match = (
                Match(standard="GB", kind="matter", major=category.major)
                if whole_major
                else Match(category=category.id)
            )
            entries[key] = _entry(f"e{len(entries):05}", match, area, hours, chance.sample(units, 4), chance.random())
    return list(entries.values())


def _entry(entry_id: str, match: Match, area: str, hours: Hours, units: list[str], drawn: float) -> Responsibility:
    """Return an entry: one in twenty only excludes a unit, and about one in three names co-units."""
    lead, *others = units
    if drawn < 0.05:
        return Responsibility(id=entry_id, match=match, area=area, hours=hours, excluded=(lead,))
    co = tuple(others[: 2 if drawn > 0.9 else 1]) if drawn > 0.67 else ()
    return Responsibility(id=entry_id, match=match, area=area, hours=hours, lead=lead, co=co)


if __name__ == "__main__":
    main()
