"""Instants, dates and numbers of a request have bounds; beyond them arithmetic and JSON would fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from contracts.base import Amount, Count, Day, Instant, StrictDay, StrictInstant
from contracts.common import Place
from contracts.registry import PatrolRules
from contracts.registry.base import Limit
from services.chassis import forms
from services.chassis.cursors import encode, instant_and_id
from services.chassis.months import PERIOD
from services.chassis.problems import CursorInvalid
from services.registry.domain.bindings import Bindings


def is_accepted(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", [Instant, StrictInstant, forms.Instant])
@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("2026-11-30T12:00:00+08:00", True),
        ("1900-01-01T00:00:00Z", True),
        ("2199-12-31T23:59:59Z", True),
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-14:00", False),
        ("2026-11-30T12:00:00", False),
    ],
)
def test_an_instant_lies_in_years_that_every_time_zone_can_show(kind: Any, value: str, accepted: bool) -> None:
    assert is_accepted(kind, value) is accepted


@pytest.mark.parametrize("kind", [Day, StrictDay])
@pytest.mark.parametrize(("value", "accepted"), [("2026-11-30", True), ("0001-01-01", False), ("9999-12-31", False)])
def test_a_date_lies_in_the_same_years(kind: Any, value: str, accepted: bool) -> None:
    assert is_accepted(kind, value) is accepted


@pytest.mark.parametrize("value", [0, 1_764_500_000, 1.5, True, "1764500000"])
def test_a_request_cannot_give_a_date_as_a_number(value: object) -> None:
    """pydantic would read it as seconds since 1970; the documented form is RFC 3339."""
    assert not is_accepted(StrictInstant, value)
    assert not is_accepted(StrictDay, value)


def test_the_longest_limit_stays_within_the_years_of_an_instant() -> None:
    longest = timedelta(days=2 * 20_000)  # 20,000 working days, weekends and holidays between them
    assert is_accepted(Instant, datetime(2026, 1, 1, tzinfo=UTC) + longest)
    assert is_accepted(Amount, 20_000)
    assert not is_accepted(Amount, 20_001)
    assert not is_accepted(Limit, {"amount": 2**63, "unit": "work_day"})


def test_a_count_fits_into_postgresql_and_json() -> None:
    assert [is_accepted(Count, each) for each in (0, 2**31 - 1, 2**31, 2**64, -1)] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("period", "accepted"),
    [("2026", True), ("2026-11", True), ("2026-Q4", True), ("0000", False), ("0000-01", False), ("9999-12", False)],
)
def test_a_period_lies_in_the_same_years(period: str, accepted: bool) -> None:
    assert is_accepted(Annotated[str, Field(pattern=PERIOD)], period) is accepted


@pytest.mark.parametrize("binding", ["unit", "officer", "team"])
def test_a_binding_names_a_unit_officer_or_team_or_is_null(binding: str) -> None:
    assert not is_accepted(Bindings, {binding: ""})
    assert is_accepted(Bindings, {binding: None})


def test_a_foreign_cursor_is_refused() -> None:
    ours = encode(["2026-11-30T12:00:00+08:00", "6b6d2a0e-8f6b-4d8e-9a39-0d7c1d2b3a4f"])
    assert instant_and_id(ours) is not None
    for values in (["0001-01-01T00:00:00+14:00", "6b6d2a0e-8f6b-4d8e-9a39-0d7c1d2b3a4f"], ["2026", "x"], [1, 2], []):
        with pytest.raises(CursorInvalid):
            instant_and_id(encode(values))


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_contract_accepts_only_finite_numbers(value: float) -> None:
    """`1e400` is JSON and is parsed as infinity. Written again it is null, and no service could load the release."""
    with pytest.raises(ValidationError):
        PatrolRules(radius_m=value)
    with pytest.raises(ValidationError):
        Place(grid_code="370522001003005", accuracy_m=value)
