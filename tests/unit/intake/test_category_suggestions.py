"""Suggested categories from text and place, and their accuracy."""

from __future__ import annotations

import pytest

from contracts.common import Place
from contracts.registry import Category
from services.intake.domain.category_suggestions import SUGGESTERS, Suggester
from services.intake.domain.lexicon import Lexicon
from services.intake.domain.text_similarity import TextSimilarity
from services.intake.domain.views import view
from tests.support.labelled_sentences import demo_sentences, held_out_sentences, measure_accuracy
from tests.unit.intake.sample_cases import triaged_case
from tests.unit.intake.sample_district import CLERK, LAMP, LITTER, UNLISTED, lijin

SUGGESTER = Suggester(lijin())
GB = "GB47678-5-2026/matter/"
SEWAGE, STORMWATER, TRAFFIC_LIGHT = GB + "01002", GB + "01003", GB + "02014"


def best(text: str, place: Place | None = None, component_id: str | None = None) -> str | None:
    found = SUGGESTER.suggest(text, place, component_id)
    return found[0].category.id if found else None


def category(code: str, name: str, *phrases: str) -> Category:
    return Category(
        id=f"X/matter/{code}",
        standard="X",
        kind="matter",
        code=code,
        major=code[:2],
        name=name,
        name_en=name,
        phrases=phrases,
    )


def test_held_out_sentences_reach_the_minimum_accuracy() -> None:
    """A change of the catalogue's words must not lower the accuracy unnoticed."""
    hits = measure_accuracy(SUGGESTER, held_out_sentences(lijin()))
    assert hits.asked >= 120
    assert (hits.first / hits.asked, hits.third / hits.asked) >= (0.86, 0.92), hits
    assert hits.third / hits.asked >= 0.92, hits.missed


def test_sentences_of_the_demo_day_reach_the_minimum_accuracy() -> None:
    hits = measure_accuracy(SUGGESTER, demo_sentences())
    assert hits.asked >= 45
    assert hits.first / hits.asked >= 0.8, hits
    assert hits.third / hits.asked >= 0.9, hits.missed


def test_held_out_sentences_are_not_examples_of_the_catalogue() -> None:
    examples = {text for each in lijin().categories.values() for text in each.examples}
    assert not examples & {each.text for each in held_out_sentences(lijin())}
    assert len(examples) > 300


def test_a_phrase_needs_all_its_words_in_any_order_and_form() -> None:
    lexicon = Lexicon([category("01001", "甲", "井|井盖 没了|丢")])
    for text in ("井盖丢三天", "没了盖的井"):
        assert set(lexicon.find_evidence(text)) == {"X/matter/01001"}, text
    assert lexicon.find_evidence("井盖响") == {}


def test_one_word_of_the_text_matches_only_one_word_of_a_phrase() -> None:
    """Each word of a phrase stands at a place of its own."""
    lexicon = Lexicon([category("01001", "甲", "水|水管 水|漏水")])
    assert lexicon.find_evidence("水") == {}
    assert lexicon.find_evidence("水管漏水")["X/matter/01001"].words == ("水管", "漏水")


def test_a_word_inside_a_longer_word_does_not_match() -> None:
    lexicon = Lexicon([category("01001", "路灯", "灯 不亮"), category("01002", "红绿灯")])
    assert set(lexicon.find_evidence("红绿灯不亮")) == {"X/matter/01002"}
    assert set(lexicon.find_evidence("红绿灯不亮，旁边的灯也不亮")) == {"X/matter/01001", "X/matter/01002"}


def test_a_word_of_several_categories_scores_less() -> None:
    alone = Lexicon([category("01001", "摄像头")]).find_evidence("摄像头")
    shared = Lexicon([category("01001", "摄像头"), category("01002", "摄像头")]).find_evidence("摄像头")
    assert shared["X/matter/01001"].score < alone["X/matter/01001"].score


def test_rare_common_characters_count_more_than_frequent_ones() -> None:
    like = TextSimilarity({"lamp": ["路灯不亮"], "road": ["路面有坑"], "bin": ["垃圾满了"]})
    assert max(like.of("有盏灯不亮了"), key=lambda key: like.of("有盏灯不亮了")[key]) == "lamp"
    assert like.of("路")["lamp"] < like.of("灯")["lamp"]
    assert like.of("") == {}


@pytest.mark.parametrize("text", ["", "你好", "测试", "谢谢", "？！", "asdf", "12345"])
def test_an_empty_or_meaningless_text_has_no_suggestion(text: str) -> None:
    assert SUGGESTER.suggest(text) == ()


def test_the_matched_words_are_shown() -> None:
    lamp = SUGGESTER.suggest("小区外面的路灯全灭了")[0]
    assert (lamp.category.id, lamp.words) == (LAMP, ("路灯", "灭"))


def test_a_named_component_suggests_its_category_without_text() -> None:
    assert best("", component_id="37052201037000001") == LAMP


def test_a_component_nearby_only_decides_between_matching_categories() -> None:
    cover = lijin().components["37052201002000001"]
    near = Place(grid_code=cover.grid, longitude=cover.longitude, latitude=cover.latitude)
    away = near.model_copy(update={"longitude": cover.longitude + 0.001})
    assert best("井盖丢了", near) == SEWAGE
    assert best("井盖丢了", near.model_copy(update={"grid_code": f"{cover.grid}-01"})) == SEWAGE
    assert best("井盖丢了", away) == best("井盖丢了") == STORMWATER
    assert best("红绿灯坏了", near) == TRAFFIC_LIGHT
    assert best("", near) is None


def test_a_dedicated_grid_favours_categories_related_to_its_name() -> None:
    said, market = "地上又脏又滑，没人管", Place(grid_code="370522002002801")
    at_market = {each.category.id: each.score for each in SUGGESTER.suggest(said, market, at_most=400)}
    anywhere = {each.category.id: each.score for each in SUGGESTER.suggest(said, at_most=400)}
    assert at_market[GB + "09020"] > anywhere.get(GB + "09020", 0)
    assert SUGGESTER.suggest("", market) == ()


def test_components_and_confidential_categories_are_never_suggested() -> None:
    texts = [text for each in lijin().categories.values() for text in (each.name, *each.synonyms)]
    found = {one.category for text in texts for one in SUGGESTER.suggest(text)}
    assert not any(each.confidential or each.kind == "component" for each in found)


def test_the_suggester_of_a_release_is_built_once() -> None:
    assert SUGGESTERS.of(lijin()) is SUGGESTERS.of(lijin())


def test_the_desk_sees_suggestions_if_no_usable_category_is_named() -> None:
    said = {"photos": [], "description": "路边有人倒了一堆垃圾。"}
    unnamed = view(triaged_case(CLERK, channel="hotline", category_id=None, **said), CLERK)
    assert (unnamed.suggested_categories[0].id, unnamed.suggested_categories[0].fileable) == (LITTER, True)
    unlisted = view(triaged_case(CLERK, channel="hotline", category_id=UNLISTED, **said), CLERK)
    assert unlisted.suggested_categories[0].id == LITTER
    assert view(triaged_case(CLERK, channel="hotline", category_id=LITTER, **said), CLERK).suggested_categories == ()
