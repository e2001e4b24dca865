"""Drive one case through routing's handlers and commands without a database."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events.command import (
    CaseDispatched,
    CaseRouted,
    DecisionNeeded,
    DispatchWithdrawn,
)
from contracts.events.handling import DispatchSigned, ReturnAccepted
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.domain.case import RecordedQuestion, RoutingCase
from services.routing.events import EVENTS
from tests.unit.routing.sample_district import NOON
from tests.unit.routing.sample_events import CASE, CLERK

STREET_DISPATCHER = Caller(kind="account", id="d1", roles=frozenset({"dispatcher"}), areas=("370522001",))
COUNTY_DISPATCHER = Caller(kind="account", id="d0", roles=frozenset({"dispatcher"}), areas=("370522",))
CONVENOR = Caller(kind="account", id="c1", roles=frozenset({"unit_clerk"}), unit_id="street-one")
E = TypeVar("E", bound=Event)


class CaseDriver:
    """One case at routing: applies events of other services, runs commands and keeps the events that routing states."""

    def __init__(self, district: RegistrySnapshot, at: datetime = NOON) -> None:
        self.state = RoutingCase()
        self.aggregate = Aggregate()
        self.events: list[Event] = []
        self.recorded_questions: dict[int, RecordedQuestion] = {}
        """The question recorded with each decision, by the index of the decision in `events`."""
        self.district = district
        self.now = at

    def case(self) -> Case[RoutingCase]:
        return Case(
            CASE, self.aggregate, self.state, service="routing", now=self.now, district=self.district, cause="test"
        )

    def apply(self, *events: Event) -> CaseDriver:
        for event in events:
            meta = Envelope(CASE, event.SOURCE, 1, event.TYPE, self.now)
            self._transact(lambda case, event=event, meta=meta: EVENTS[type(event)](case, event, meta))
        return self

    def run(self, step: Any, *args: Any, **kwargs: Any) -> CaseDriver:
        """Run a command of the domain on the case."""
        self._transact(lambda case: step(case, *args, **kwargs))
        return self

    def dispatch_all(self) -> CaseDriver:
        """Apply a `CaseDispatched` for each assignment of the last decision, as dispatch would state them."""
        for each in self.routed.assignments:
            self.apply(
                CaseDispatched(
                    dispatch_id=self.dispatch_id(each.unit_id),
                    unit_id=each.unit_id,
                    role=each.role,
                    round=self.routed.round,
                    milestones=(),
                    sign_due_at=self.now,
                )
            )
        return self

    def sign(self, unit: str) -> CaseDriver:
        return self.apply(DispatchSigned(dispatch_id=self.dispatch_id(unit), unit_id=unit, signed_by=CLERK))

    def accept_return(self, unit: str, role: str = "lead", reason: str = "not_our_function") -> CaseDriver:
        return self.apply(
            ReturnAccepted(dispatch_id=self.dispatch_id(unit), unit_id=unit, role=role, reason=reason, decided_by=CLERK)  # type: ignore[arg-type]
        )

    def dispatch_id(self, unit: str, round_: int | None = None) -> UUID:
        """Return the id of the unit's dispatch in the round; by default of its latest dispatch."""
        if round_ is None:
            routed = [event for event in self.events if isinstance(event, CaseRouted)]
            round_ = next(each.round for each in reversed(routed) if unit in {one.unit_id for one in each.assignments})
        return uuid5(CASE, f"{unit}/{round_}")

    @property
    def routed(self) -> CaseRouted:
        return self.last(CaseRouted)

    @property
    def needed(self) -> DecisionNeeded:
        return self.last(DecisionNeeded)

    def last(self, kind: type[E]) -> E:
        return next(event for event in reversed(self.events) if isinstance(event, kind))

    def _transact(self, step: Any) -> None:
        case = self.case()
        step(case)
        self.record(case)

    def record(self, case: Case[RoutingCase]) -> None:
        """Keep the state, the events and the recorded questions of a finished transaction."""
        self.state = case.state
        self.events += [each.event for each in case.emitted]
        assert case.state.recorded_questions.keys() == {
            each.envelope.sequence for each in case.emitted if isinstance(each.event, CaseRouted | DecisionNeeded)
        }
        self.recorded_questions.update(
            {sequence - 1: question for sequence, question in case.state.recorded_questions.items()}
        )
        case.state.recorded_questions.clear()


def roles_by_unit(event: CaseRouted) -> dict[str, str]:
    return {each.unit_id: each.role for each in event.assignments}


def withdrawn_by_merge(driver: CaseDriver, *units: str) -> list[DispatchWithdrawn]:
    """Return the withdrawals that dispatch states when the case is merged."""
    return [DispatchWithdrawn(dispatch_id=driver.dispatch_id(unit), unit_id=unit, reason="merged") for unit in units]
