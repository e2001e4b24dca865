"""Full-text search without a dictionary: pairs of characters find a Chinese text, phrases confirm it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.tracking.domain.fold import fold
from services.tracking.domain.terms import normalise, parse_query, terms_of, text_of
from tests.unit.tracking.case_history import CaseHistory
from tests.unit.tracking.sample_events import filed, received

HAN = st.text(alphabet="西大街江州路隔离栏垃圾井盖缺失", min_size=2, max_size=20)


@given(HAN, st.data())
def test_every_part_of_a_chinese_text_finds_it(text: str, data: st.DataObject) -> None:
    """A search for two or more characters uses only terms of the text."""
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    query = parse_query(text[start:end])
    assert query.terms
    assert set(query.terms) <= set(terms_of(text))
    assert all(phrase in normalise(text) for phrase in query.phrases)


def test_width_and_case_do_not_matter() -> None:
    assert terms_of("ＬＪ－２０２６ Lamp") == terms_of("lj-2026 lamp") == ["2026", "lamp", "lj"]


def test_words_of_other_scripts_are_whole_terms() -> None:
    assert parse_query("broken lamp 路灯").terms == ["broken", "lamp", "路灯"]


def test_three_characters_are_confirmed_as_a_phrase() -> None:
    """「西大街」 must not find 「西大棚与大街」, which has both its pairs."""
    query = parse_query("西大街")
    assert set(query.terms) <= set(terms_of("西大棚与大街"))
    assert query.phrases == ["西大街"]


def test_one_character_is_too_short() -> None:
    assert parse_query("井").terms == []
    assert parse_query("!?").terms == []


def test_a_case_is_found_by_number_text_place_and_category() -> None:
    text = text_of(fold(CaseHistory().emit(received()).emit(filed()).recorded))
    for part in ("lj-20261123-000123", "垃圾", "西大街与江州街", "exposed rubbish"):
        assert part in text


def test_a_confidential_case_is_found_only_by_its_number() -> None:
    record = fold(CaseHistory().emit(received(confidential=True)).recorded)
    assert text_of(record) == "lj-20261123-000123"
