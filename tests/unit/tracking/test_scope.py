"""Need to know: who sees which case."""

from __future__ import annotations

import pytest

from services.chassis.auth import Caller
from services.tracking.domain.fold import fold
from services.tracking.domain.scope import Audience, Scope, scope_of
from tests.unit.tracking.case_history import CaseHistory
from tests.unit.tracking.sample_events import LEAD, OFFICER, dispatched, filed, received

RECORD = fold(CaseHistory().emit(received()).emit(filed()).emit(dispatched(LEAD, "sanitation")).recorded)
AUDIENCE = Audience.of(RECORD)


def account(*roles: str, **more: object) -> Caller:
    return Caller(kind="account", id=str(more.pop("id", "zhao")), roles=frozenset(roles), **more)  # type: ignore[arg-type]


def scope(caller: Caller, grids: tuple[str, ...] = ()) -> Scope:
    """Return the scope of a caller without a team."""
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
def test_a_caller_sees_cases_of_its_areas_grids_unit_and_own_reports(
    caller: Caller, grids: tuple[str, ...], sees: bool
) -> None:
    """Centres see their areas, officers their grids, units their dispatches, reporters their own reports."""
    assert scope(caller, grids).sees(AUDIENCE) is sees


def test_a_team_and_its_convening_unit_see_the_cases_of_the_team() -> None:
    leader = scope_of(account("team_leader", team_id="mobile"), (), {"mobile"})
    convenor = scope_of(account("unit_clerk", unit_id="roads"), (), {"roads", "mobile"})
    record = fold(CaseHistory().emit(received()).emit(dispatched(LEAD, "mobile")).recorded)
    assert [each.sees(Audience.of(record)) for each in (leader, convenor)] == [True, True]
    assert not scope(account("unit_clerk", unit_id="roads")).sees(Audience.of(record))


def test_the_reporting_officer_sees_the_case_in_any_grid() -> None:
    record = fold(CaseHistory().emit(received(reported_by=OFFICER)).recorded)
    officer = scope(account("officer", officer_id="officer-07"), ("370522002001001",))
    assert officer.sees(Audience.of(record))


def test_only_the_responsible_unit_knows_a_confidential_case() -> None:
    """Even the centre sees only that the case exists."""
    record = fold(CaseHistory().emit(received(confidential=True)).emit(dispatched(LEAD, "justice-office")).recorded)
    assert scope(account("unit_clerk", unit_id="justice-office")).knows(record)
    assert not scope(account("administrator")).knows(record)
    assert not scope(account("officer", officer_id="officer-07")).knows(record)


def test_a_confidential_case_is_located_by_its_community_only() -> None:
    """The officer of its grid must not learn from the list that the case is there."""
    record = fold(CaseHistory().emit(received(confidential=True)).recorded)
    assert Audience.of(record).area == "370522001004"


def test_callers_with_the_same_scope_share_a_board_channel() -> None:
    """Two hundred dispatchers then need one encoder."""
    first, second = scope(account("dispatcher", id="a")), scope(account("shift_lead", id="b"))
    assert first.for_board() == second.for_board() == Scope(everywhere=True)
    unit = scope(account("unit_clerk", unit_id="sanitation", id="c"))
    assert unit.for_board() == Scope(participants=("unit:sanitation",))


@pytest.mark.parametrize("role", ["hotline", "administrator"])
def test_a_reporting_system_sees_only_its_own_reports(role: str) -> None:
    key = Caller(kind="key", id="hotline", roles=frozenset({role}), channels=frozenset({"hotline"}))
    assert not scope(key).sees(AUDIENCE)
    own = Audience(AUDIENCE.area, AUDIENCE.participants | {"actor:hotline"})
    assert scope(key).sees(own)
    assert not scope(key).for_board().sees(own), "a machine has no board"
