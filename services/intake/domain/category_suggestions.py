"""Suggestions of categories for a report, from its text and its place. A person always chooses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.common import Place
from contracts.registry import Category, Component, FilingCondition
from services.chassis.coordinates import distance_m
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.release_cache import ReleaseCache
from services.chassis.text import normalise
from services.intake.domain.lexicon import Evidence, Lexicon
from services.intake.domain.text_similarity import TextSimilarity

_SIMILARITY_WEIGHT = 6.0
"""Score of a category whose texts are fully similar to the report. For comparison, a matching phrase scores about 4."""
_COMPONENT_WEIGHT = 4.0
"""Score added to the category that is about the component named in the report."""
_NEARBY_METRES = 30.0
_NEARBY_WEIGHT = 1.5
"""Score added to a category that is about a component near by.

This decides which component is meant if the text names only a kind, such as 井盖 (manhole cover).
"""
_GRID_WEIGHT = 1.0
"""Score added to a category that both the text and the name of the dedicated grid mention.

Such grids are parks, markets and rivers.
"""
_UNFILEABLE_FACTOR = 0.8
"""Factor on the score of a category without a filing condition in this district."""
_NO_EVIDENCE = Evidence(0.0, ())
_MINIMUM_SCORE = 1.0
"""Lowest score of a category that is suggested."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested category with its score."""

    category: Category
    score: float
    words: tuple[str, ...]
    """Words of the category that occur in the text; empty if only similarity or the place suggests the category."""


@dataclass(frozen=True, slots=True)
class CategoryTexts:
    """The texts of all categories of a release, prepared for the search of words and for similarity."""

    sources: tuple[Category | FilingCondition, ...]
    lexicon: Lexicon
    similarity: TextSimilarity

    @classmethod
    def of(
        cls, categories: Sequence[Category], district: RegistrySnapshot, before: CategoryTexts | None
    ) -> CategoryTexts:
        """Return the prepared texts of the categories.

        Return `before` if the release did not change the texts, because preparing them takes a while.
        """
        conditions = (each for category in categories for each in district.conditions_of(category.id))
        sources = (*categories, *conditions)
        if before is not None and _are_same_objects(before.sources, sources):
            return before
        written = {category.id: _texts_of(category, district) for category in categories}
        return cls(sources, Lexicon(categories), TextSimilarity(written))


class Suggester:
    """Suggests categories of one release. Immutable.

    Never suggests a confidential category or a category of components.
    """

    def __init__(self, district: RegistrySnapshot, before: CategoryTexts | None = None) -> None:
        self.district = district
        self._matter_of_component: dict[str, str] = {}
        """Id of a component category → id of the category of problems with such components."""
        self._kinds: dict[str, str] = {}
        """Category of problems with components → kind of these components: the end of the name, 井盖 of 污水井盖."""
        self._components: dict[str, list[Component]] = defaultdict(list)
        """Code of a base grid → components in the grid, including those in its micro grids."""
        categories: list[Category] = []
        for category in district.categories.values():
            matter = f"{category.standard}/matter/{category.code}"
            if category.kind != "component":
                categories += [] if category.confidential else [category]
            elif matter in district.categories:
                self._matter_of_component[category.id] = matter
                self._kinds[matter] = normalise(category.name)[-2:]
        for component in district.components.values():
            self._components[component.grid[:15]].append(component)
        self.texts = CategoryTexts.of(categories, district, before)
        self._lexicon, self._similarity = self.texts.lexicon, self.texts.similarity

    def suggest(
        self, text: str, place: Place | None = None, component_id: str | None = None, at_most: int = 3
    ) -> tuple[Suggestion, ...]:
        """Return the most likely categories, best first; empty if no category reaches the lowest score."""
        text = normalise(text)
        evidence, similarity = self._lexicon.find_evidence(text), self._similarity.of(text)
        at_place = self._place_scores(text, evidence, place, component_id)
        found = [
            suggestion
            for category_id in {*evidence, *similarity, *at_place}
            if (suggestion := self._score(category_id, evidence, similarity, at_place)).score >= _MINIMUM_SCORE
        ]
        found.sort(key=lambda each: (-each.score, each.category.id))
        return tuple(found[:at_most])

    def _score(
        self, category_id: str, evidence: dict[str, Evidence], similarity: dict[str, float], at_place: dict[str, float]
    ) -> Suggestion:
        score, words = evidence.get(category_id, _NO_EVIDENCE)
        score += _SIMILARITY_WEIGHT * similarity.get(category_id, 0.0)
        if not self.district.conditions_of(category_id):
            score *= _UNFILEABLE_FACTOR
        return Suggestion(self.district.categories[category_id], score + at_place.get(category_id, 0.0), words)

    def _place_scores(
        self, text: str, evidence: dict[str, Evidence], place: Place | None, component_id: str | None
    ) -> dict[str, float]:
        """Return the score that component and place give to each category.

        A component named in the report adds to the score of its category in any case. A component near by, or the name
        of the grid, adds only to a category that the text mentions. If the text names only a kind of component, such as
        井盖, several categories match equally. The category of a component near by then gets, in `evidence`, the best
        evidence of the categories of this kind.
        """
        scores: dict[str, float] = defaultdict(float)
        component = self.district.components.get(component_id or "")
        if component is not None and (matter := self._matter_of_component.get(component.category)) is not None:
            scores[matter] += _COMPONENT_WEIGHT
        if place is None:
            return scores
        for matter in {self._matter_of_component.get(each.category, "") for each in self._components_near(place)} & set(
            self._kinds
        ):
            if self._kinds[matter] in self._lexicon.words(text):
                same_kind = (
                    other for other, kind in self._kinds.items() if kind == self._kinds[matter] and other in evidence
                )
                evidence[matter] = max((evidence[other] for other in same_kind), default=_NO_EVIDENCE)
            if matter in evidence:
                scores[matter] += _NEARBY_WEIGHT
        grid = self.district.grids.get(place.grid_code)
        if grid is not None and grid.kind == "dedicated":
            for category_id in self._lexicon.mentioned(normalise(grid.name)) & self._lexicon.mentioned(text):
                scores[category_id] += _GRID_WEIGHT
        return scores

    def _components_near(self, place: Place) -> Iterator[Component]:
        if place.longitude is None or place.latitude is None:
            return
        for component in self._components.get(place.grid_code[:15], ()):
            there = (component.longitude, component.latitude)
            if distance_m((place.longitude, place.latitude), there) <= _NEARBY_METRES:
                yield component


class Suggesters:
    """Makes one suggester per release.

    A new suggester reuses the texts of the previous release if they are unchanged.
    """

    def __init__(self) -> None:
        self._suggesters = ReleaseCache(self._build)
        self._texts: CategoryTexts | None = None

    def of(self, district: RegistrySnapshot) -> Suggester:
        """Return the suggester of this release."""
        return self._suggesters.of(district)

    def _build(self, district: RegistrySnapshot) -> Suggester:
        suggester = Suggester(district, self._texts)
        self._texts = suggester.texts
        return suggester


SUGGESTERS = Suggesters()
"""The suggesters of this process, one per release."""


def _are_same_objects(one: Sequence[object], other: Sequence[object]) -> bool:
    """Return whether both sequences hold the same objects. Two releases share the objects that did not change."""
    return len(one) == len(other) and all(left is right for left, right in zip(one, other, strict=True))


def _texts_of(category: Category, district: RegistrySnapshot) -> list[str]:
    """Return all texts of a category: names, synonyms, words of phrases, examples and filing conditions."""
    conditions = (condition.text for condition in district.conditions_of(category.id))
    words = (word for phrase in category.phrases for word in phrase.replace("|", " ").split())
    return [category.name, *category.synonyms, *words, *category.examples, *conditions]
