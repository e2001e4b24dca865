"""One case at routing without a database: hand it events, look at what it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from contracts.base import Event
from contracts.common import Actor, Place
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseFiled
from contracts.events.command import CaseDispatched, CaseRouted, DecisionNeeded
from contracts.events.handling import DispatchSigned, ReturnAccepted
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.domain.case import RecordedQuestion, RoutingCase
from services.routing.events import EVENTS
from tests.unit.routing.town import FIXED, GRID, NOON, SAFE

CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
CLERK = Actor(kind="account", id="clerk", role="intake_clerk")
STREET_DISPATCHER = Caller(kind="account", id="d1", roles=frozenset({"dispatcher"}), areas=("370522001",))
COUNTY_DISPATCHER = Caller(kind="account", id="d0", roles=frozenset({"dispatcher"}), areas=("370522",))
CONVENOR = Caller(kind="account", id="c1", roles=frozenset({"unit_clerk"}), unit_id="street-one")

E = TypeVar("E", bound=Event)


def filed(code: str = "06010", **fields: Any) -> CaseFiled:
    known: dict[str, Any] = {
        "case_number": "LJ-20261123-000001",
        "report_id": CASE,
        "channel": "grid_terminal",
        "request_type": "complaint",
        "category_id": f"GB/matter/{code}",
        "category_name": "类别",
        "category_name_en": "category",
        "condition_id": f"{code}-1",
        "condition_text": "",
        "condition_text_en": "",
        "closing_condition": "",
        "closing_condition_en": "",
        "milestones": (SAFE, FIXED),
        "verify_mode": "site",
        "recheck_mode": "site",
        "severity": 4,
        "place": Place(grid_code=GRID),
        "community": GRID[:12],
        "centre_id": "centre-one",
        "reported_at": NOON,
        "filed_by": CLERK,
        "case_due_at": NOON + timedelta(days=1),
    }
    return CaseFiled(**{**known, **fields})


class Desk:
    """Routing's side of one case. `say` hands it the others' facts; dispatches are made as dispatch makes them."""

    def __init__(self, district: RegistrySnapshot, at: datetime = NOON) -> None:
        self.state = RoutingCase()
        self.aggregate = Aggregate()
        self.said: list[Event] = []
        self.asked: dict[int, RecordedQuestion] = {}
        """What is recorded with each decision, by its place among what was said."""
        self.district = district
        self.at = at

    def case(self) -> Case[RoutingCase]:
        return Case(
            CASE, self.aggregate, self.state, service="routing", now=self.at, district=self.district, cause="test"
        )

    def say(self, *events: Event) -> Desk:
        for event in events:
            meta = Envelope(CASE, event.SOURCE, 1, event.TYPE, self.at)
            self._with(lambda case, event=event, meta=meta: EVENTS[type(event)](case, event, meta))
        return self

    def do(self, step: Any, *args: Any, **kwargs: Any) -> Desk:
        """A command's decision."""
        self._with(lambda case: step(case, *args, **kwargs))
        return self

    def dispatch_all(self) -> Desk:
        """What dispatch does on the last `case_routed`."""
        for each in self.routed.assignments:
            self.say(
                CaseDispatched(
                    dispatch_id=self.order(each.unit_id),
                    unit_id=each.unit_id,
                    role=each.role,
                    round=self.routed.round,
                    milestones=(),
                    sign_due_at=self.at,
                )
            )
        return self

    def sign(self, unit: str) -> Desk:
        return self.say(DispatchSigned(dispatch_id=self.order(unit), unit_id=unit, signed_by=CLERK))

    def give_back(self, unit: str, role: str = "lead", reason: str = "not_our_function") -> Desk:
        return self.say(
            ReturnAccepted(dispatch_id=self.order(unit), unit_id=unit, role=role, reason=reason, decided_by=CLERK)  # type: ignore[arg-type]
        )

    def order(self, unit: str, round_: int | None = None) -> UUID:
        """The id of the unit's order in the round (the last one it got)."""
        if round_ is None:
            routed = [event for event in self.said if isinstance(event, CaseRouted)]
            round_ = next(each.round for each in reversed(routed) if unit in {one.unit_id for one in each.assignments})
        return uuid5(CASE, f"{unit}/{round_}")

    @property
    def routed(self) -> CaseRouted:
        return self.last(CaseRouted)

    @property
    def needed(self) -> DecisionNeeded:
        return self.last(DecisionNeeded)

    def last(self, kind: type[E]) -> E:
        return next(event for event in reversed(self.said) if isinstance(event, kind))

    def _with(self, step: Any) -> None:
        case = self.case()
        step(case)
        self.take(case)

    def take(self, case: Case[RoutingCase]) -> None:
        """A transaction is written: what it said, and what is recorded with its decisions."""
        self.state = case.state
        self.said += [each.event for each in case.emitted]
        assert case.state.recorded_questions.keys() == {
            each.envelope.sequence for each in case.emitted if isinstance(each.event, CaseRouted | DecisionNeeded)
        }
        self.asked.update({sequence - 1: asked for sequence, asked in case.state.recorded_questions.items()})
        case.state.recorded_questions.clear()
