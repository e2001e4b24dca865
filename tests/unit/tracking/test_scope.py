"""Need-to-know: who sees which case."""

from __future__ import annotations

import pytest

from services.chassis.auth import Caller
from services.tracking.domain.fold import fold
from services.tracking.domain.scope import Audience, Scope, scope_of
from tests.unit.tracking.lives import LEAD, OFFICER, Life, dispatched, filed, received

RECORD = fold(Life().say(received()).say(filed()).say(dispatched(LEAD, "sanitation")).told)
AUDIENCE = Audience.of(RECORD)


def account(*roles: str, **more: object) -> Caller:
    return Caller(kind="account", id=str(more.pop("id", "zhao")), roles=frozenset(roles), **more)  # type: ignore[arg-type]


def scope(caller: Caller, grids: tuple[str, ...] = ()) -> Scope:
    """Of a caller who belongs to no team."""
    return scope_of(caller, grids, {caller.unit_id} if caller.unit_id else ())


@pytest.mark.parametrize(
    ("caller", "grids", "sees"),
    [
        (account("dispatcher"), (), True),
        (account("dispatcher", areas=("370522001",)), (), True),
        (account("dispatcher", areas=("370522002",)), (), False),
        (account("unit_clerk", unit_id="sanitation"), (), True),
        (account("unit_clerk", unit_id="police"), (), False),
        (account("leader", unit_id="police"), (), False),
        (account("officer", officer_id="officer-01"), ("370522001004007",), True),
        (account("officer", officer_id="officer-01"), ("370522001004008",), False),
        (account("officer", officer_id="officer-01"), (), False),
        (account("handler"), (), False),
        (account(), (), False),
        (account(id="wang"), (), True),
        (Caller(kind="key", id="k1", roles=frozenset({"unit_clerk"}), unit_id="sanitation"), (), True),
        (Caller(kind="key", id="k2", channels=frozenset({"upstream"})), (), False),
        (Caller(kind="service", id="console"), (), True),
    ],
)
def test_who_sees_the_case(caller: Caller, grids: tuple[str, ...], sees: bool) -> None:
    """Centres their areas, officers their grids, units what was sent to them, reporters theirs."""
    assert scope(caller, grids).sees(AUDIENCE) is sees


def test_a_mobile_teams_cases_are_seen_by_its_leader_and_by_the_unit_that_gets_them() -> None:
    leader = scope_of(account("team_leader", team_id="mobile"), (), {"mobile"})
    convenor = scope_of(account("unit_clerk", unit_id="roads"), (), {"roads", "mobile"})
    record = fold(Life().say(received()).say(dispatched(LEAD, "mobile")).told)
    assert [each.sees(Audience.of(record)) for each in (leader, convenor)] == [True, True]
    assert not scope(account("unit_clerk", unit_id="roads")).sees(Audience.of(record))


def test_the_reporting_officer_follows_the_case_into_any_grid() -> None:
    record = fold(Life().say(received(reported_by=OFFICER)).told)
    officer = scope(account("officer", officer_id="officer-07"), ("370522002001001",))
    assert officer.sees(Audience.of(record))


def test_only_the_competent_unit_knows_a_confidential_case() -> None:
    """Even the centre sees no more than that there is one."""
    record = fold(Life().say(received(confidential=True)).say(dispatched(LEAD, "justice-office")).told)
    assert scope(account("unit_clerk", unit_id="justice-office")).knows(record)
    assert not scope(account("administrator")).knows(record)
    assert not scope(account("officer", officer_id="officer-07")).knows(record)


def test_a_confidential_case_lies_in_its_community_only() -> None:
    """An officer of the very grid must not learn from the list that it is theirs."""
    record = fold(Life().say(received(confidential=True)).told)
    assert Audience.of(record).area == "370522001004"


def test_equal_callers_share_a_board_channel() -> None:
    """Two hundred dispatchers are one encoder."""
    first, second = scope(account("dispatcher", id="a")), scope(account("shift_lead", id="b"))
    assert first.for_board() == second.for_board() == Scope(everywhere=True)
    unit = scope(account("unit_clerk", unit_id="sanitation", id="c"))
    assert unit.for_board() == Scope(participants=("unit:sanitation",))


@pytest.mark.parametrize("role", ["hotline", "administrator"])
def test_the_key_of_a_reporting_system_sees_what_it_reported_and_no_more(role: str) -> None:
    key = Caller(kind="key", id="hotline", roles=frozenset({role}), channels=frozenset({"hotline"}))
    assert not scope(key).sees(AUDIENCE)
    own = Audience(AUDIENCE.area, AUDIENCE.participants | {"actor:hotline"})
    assert scope(key).sees(own)
    assert not scope(key).for_board().sees(own), "there is no board for a machine"
