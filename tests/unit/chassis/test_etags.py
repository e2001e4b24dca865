"""Conditional requests: lists of entity tags, also as proxies change them."""

from __future__ import annotations

import pytest

from services.chassis import etags


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('"3"', {"3"}),
        ('W/"3"', {"3"}),
        ('"3-gzip"', {"3"}),
        ('W/"3-br"', {"3"}),
        ('"3-zstd"', {"3"}),
        ("3", {"3"}),
        ("*", {"*"}),
        ('"1", W/"2" ,"3-gzip"', {"1", "2", "3"}),
        ('"a,b", "c"', {"a,b", "c"}),
        ('"3-gzip-extra"', {"3-gzip-extra"}),
        ('""', {""}),
        ("", set()),
        ('"3', set()),
        ('"1" "2"', set()),
        ('"1", "2', set()),
    ],
)
def test_the_tags_of_a_condition_are_parsed(header: str, found: set[str]) -> None:
    assert etags.tags(header) == found


def test_a_condition_matches_each_listed_tag_and_a_star_matches_every_tag() -> None:
    assert etags.matches('"2", "3"', "3")
    assert etags.matches("*", "3")
    assert not etags.matches('"2"', "3")
    assert not etags.matches('"3-other"', "3")
