"""The envelope travels as headers and comes back the same; what is malformed says which header."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, EnvelopeError, format_dependencies, parse_dependencies
from contracts.generate.asyncapi import _envelope

SOURCES = ["intake", "routing", "dispatch", "supervision", "registry"]
HEADERS = ["ce_subject", "ce_source", "ce_sequence", "ce_type", "ce_time", "ce_dependencies"]
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CASE = UUID("0193f3c0-0000-7000-8000-000000000001")

marks = st.dictionaries(st.sampled_from(SOURCES), st.integers(1, 2**31 - 1))
envelopes = st.builds(
    Envelope,
    case_id=st.uuids(),
    source=st.sampled_from(SOURCES),
    sequence=st.integers(1, 2**31 - 1),
    type=st.sampled_from(sorted(EVENTS)),
    time=st.builds(
        lambda seconds, zone: (NOW + timedelta(seconds=seconds)).astimezone(zone),
        st.floats(-(10**9), 10**9),
        st.sampled_from([UTC, timezone(timedelta(hours=8))]),
    ),
    dependencies=marks,
    causation_id=st.sampled_from(["", f"{CASE}/intake/3", f"command:{CASE}", "timer:light:2026-11-23T00:00:00Z"]),
    traceparent=st.sampled_from(["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]),
)


@given(envelopes)
def test_headers_come_back_as_the_same_envelope(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.to_headers()) == envelope


@given(envelopes)
def test_headers_are_as_published(envelope: Envelope) -> None:
    headers = {name: value.decode() for name, value in envelope.to_headers()}
    published = _envelope()
    assert set(published["required"]) <= set(headers) <= set(published["properties"])
    for name, rule in published["properties"].items():
        if "pattern" in rule and name in headers:
            assert re.search(rule["pattern"], headers[name]), name
        if "const" in rule:
            assert headers[name] == rule["const"]


@given(envelopes)
def test_the_id_says_case_source_and_sequence_and_the_key_is_the_case(envelope: Envelope) -> None:
    """Made twice, an event has the same id; events of one case share a partition."""
    assert envelope.id == f"{envelope.case_id}/{envelope.source}/{envelope.sequence}"
    assert envelope.key == str(envelope.case_id).encode()


@given(marks)
def test_after_comes_back_the_same_and_equal_marks_are_equal_text(after: dict[str, int]) -> None:
    assert parse_dependencies(format_dependencies(after)) == after
    assert format_dependencies(dict(reversed(after.items()))) == format_dependencies(after)


def test_after_is_sorted_text_without_what_was_never_heard() -> None:
    assert (
        format_dependencies({"routing": 1, "intake": 3, "dispatch": 0, "registry": 17})
        == "intake=3,registry=17,routing=1"
    )
    assert format_dependencies({}) == ""
    assert parse_dependencies("") == {}


@pytest.mark.parametrize("gone", ["ce_subject", "ce_source", "ce_sequence", "ce_type", "ce_time"])
def test_a_missing_header_is_named(gone: str) -> None:
    with pytest.raises(EnvelopeError, match=gone):
        Envelope.from_headers([(name, value) for name, value in _headers() if name != gone])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_subject", b"not-a-case"),
        ("ce_sequence", b"many"),
        ("ce_time", b"yesterday"),
        ("ce_dependencies", b"intake"),
        ("ce_dependencies", b"intake=x"),
        ("ce_source", b"\xff"),
        ("ce_sequence", b"2147483648"),
        ("ce_sequence", b"-1"),
        ("ce_dependencies", b"registry=2147483648"),
        ("ce_type", b"a\0b"),
        ("x", b"\0"),
        ("x\0", b""),
    ],
)
def test_a_malformed_header_is_an_envelope_error_and_nothing_else(name: str, value: bytes) -> None:
    with pytest.raises(EnvelopeError):
        Envelope.from_headers([*_headers(), (name, value)])


@given(st.dictionaries(st.sampled_from(HEADERS), st.binary(max_size=40)))
def test_whatever_the_headers_are_they_are_read_or_refused(headers: dict[str, bytes]) -> None:
    try:
        Envelope.from_headers([*_headers(), *headers.items()])
    except EnvelopeError:
        return


def _headers() -> list[tuple[str, bytes]]:
    return Envelope(CASE, "intake", 1, "acceptance.case_filed.v1", NOW).to_headers()
