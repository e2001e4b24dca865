"""An envelope survives the transport as headers; an error names the malformed header."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, EnvelopeError, format_dependencies, parse_dependencies
from contracts.generate.asyncapi import asyncapi_document

SOURCES = ["intake", "routing", "dispatch", "supervision", "registry"]
HEADERS = ["ce_subject", "ce_source", "ce_sequence", "ce_type", "ce_time", "ce_dependencies"]
PUBLISHED = yaml.safe_load(asyncapi_document())["components"]["schemas"]["envelope"]
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CASE = UUID("0193f3c0-0000-7000-8000-000000000001")

dependencies = st.dictionaries(st.sampled_from(SOURCES), st.integers(1, 2**31 - 1))
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
    dependencies=dependencies,
    causation_id=st.sampled_from(["", f"{CASE}/intake/3", f"command:{CASE}", "timer:light:2026-11-23T00:00:00Z"]),
    traceparent=st.sampled_from(["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]),
)


@given(envelopes)
def test_headers_parse_to_the_same_envelope(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.to_headers()) == envelope


@given(envelopes)
def test_headers_match_the_published_schema(envelope: Envelope) -> None:
    headers = {name: value.decode() for name, value in envelope.to_headers()}
    published = PUBLISHED
    assert set(published["required"]) <= set(headers) <= set(published["properties"])
    for name, rule in published["properties"].items():
        if "pattern" in rule and name in headers:
            assert re.search(rule["pattern"], headers[name]), name
        if "const" in rule:
            assert headers[name] == rule["const"]


@given(envelopes)
def test_the_id_has_case_source_and_sequence_and_the_key_is_the_case(envelope: Envelope) -> None:
    """The id of an event is deterministic, and all events of a case share a partition."""
    assert envelope.id == f"{envelope.case_id}/{envelope.source}/{envelope.sequence}"
    assert envelope.key == str(envelope.case_id).encode()


@given(dependencies)
def test_dependencies_parse_to_the_same_value_and_equal_dependencies_have_equal_text(written: dict[str, int]) -> None:
    assert parse_dependencies(format_dependencies(written)) == written
    assert format_dependencies(dict(reversed(written.items()))) == format_dependencies(written)


def test_dependencies_are_sorted_and_omit_sources_without_events() -> None:
    assert (
        format_dependencies({"routing": 1, "intake": 3, "dispatch": 0, "registry": 17})
        == "intake=3,registry=17,routing=1"
    )
    assert format_dependencies({}) == ""
    assert parse_dependencies("") == {}


@pytest.mark.parametrize("gone", ["ce_subject", "ce_source", "ce_sequence", "ce_type", "ce_time"])
def test_an_error_names_the_missing_header(gone: str) -> None:
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
def test_a_malformed_header_raises_only_an_envelope_error(name: str, value: bytes) -> None:
    with pytest.raises(EnvelopeError):
        Envelope.from_headers([*_headers(), (name, value)])


@given(st.dictionaries(st.sampled_from(HEADERS), st.binary(max_size=40)))
def test_any_headers_are_parsed_or_refused(headers: dict[str, bytes]) -> None:
    try:
        Envelope.from_headers([*_headers(), *headers.items()])
    except EnvelopeError:
        return


def _headers() -> list[tuple[str, bytes]]:
    return Envelope(CASE, "intake", 1, "acceptance.case_filed.v1", NOW).to_headers()
