"""One case at dispatch without a database: hand it events, answer its orders, look at what it says and tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from contracts.base import Event
from contracts.common import Actor, Photo, Place
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseFiled, Milestone
from contracts.events.command import Assignment, CaseRouted
from contracts.registry import CalendarDay, DistrictSettings, Team, Unit
from contracts.webhooks import NoticeRequested
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import access, answers, returns
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.state import Dispatch, DispatchCase
from services.dispatch.events import EVENTS

CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
REPORT = UUID("0193f3c0-0000-7000-8000-000000000002")
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""

GRID = "370522001003005"
CLERK = Actor(kind="key", id="key-sanitation", role="unit_clerk", unit_id="sanitation")
DESK = Actor(kind="account", id="dispatcher-1", role="dispatcher")
UNIT = Responder(CLERK, for_unit=False)

SAFE = Milestone(name="围挡", name_en="made safe", amount=2, unit="urgent_hour")
FIXED = Milestone(name="修复", name_en="fixed", amount=8, unit="work_hour")

AFTER = Photo(sha256="a" * 64, role="after")
BEFORE = Photo(sha256="b" * 64, role="before")

E = TypeVar("E", bound=Event)


def district(release: int = 1, days: tuple[CalendarDay, ...] = (), **settings: Any) -> RegistrySnapshot:
    units = [
        Unit(id="sanitation", name="环卫中心", name_en="Sanitation", kind="authority"),
        Unit(id="housing", name="住建局", name_en="Housing", kind="authority"),
        Unit(id="parks", name="园林公司", name_en="Parks", kind="contractor", escalates_to="housing"),
        Unit(id="property", name="物业", name_en="Property", kind="property_company", escalates_to="housing"),
        Unit(id="fire", name="消防", name_en="Fire", kind="authority", agency="119"),
    ]
    team = Team(id="mobile", kind="mobile", name="机动组", name_en="Mobile", convenor="sanitation", areas=("370522",))
    return RegistrySnapshot.from_records(
        release,
        {
            "district": {
                "370522": DistrictSettings(id="370522", name="利津", name_en="Lijin", case_prefix="LJ", **settings)
            },
            "calendar_day": {each.id: each for each in days},
            "unit": {each.id: each for each in units},
            "team": {team.id: team},
        },
    )


def filed(**fields: Any) -> CaseFiled:
    known: dict[str, Any] = {
        "case_number": "LJ-20261123-000001",
        "report_id": REPORT,
        "channel": "grid_terminal",
        "request_type": "complaint",
        "category_id": "GBT47678-5-2026/matter/06010",
        "category_name": "暴露垃圾",
        "category_name_en": "Exposed waste",
        "condition_id": "06010-1",
        "condition_text": "路面有垃圾",
        "condition_text_en": "Waste on the road",
        "closing_condition": "清理干净",
        "closing_condition_en": "Clean",
        "milestones": (SAFE, FIXED),
        "verify_mode": "site",
        "recheck_mode": "site",
        "evidence": ("after",),
        "severity": 4,
        "place": Place(grid_code=GRID, longitude=118.25, latitude=37.49, address="津苑路北口"),
        "community": GRID[:12],
        "centre_id": "centre-lijin",
        "description": "垃圾堆在路口",
        "photos": (BEFORE,),
        "reported_at": MORNING,
        "filed_by": DESK,
        "case_due_at": MORNING + timedelta(days=1),
    }
    return CaseFiled(**{**known, **fields})


def routed(*assignments: Assignment, round_: int = 1, withdrawn: tuple[UUID, ...] = ()) -> CaseRouted:
    return CaseRouted(
        round=round_,
        rule="responsibility_list",
        list_version=1,
        assignments=assignments,
        withdrawn=withdrawn,
        candidates=(),
        explanation="清单",
        explanation_en="the list",
        decided_by=DESK,
    )


def to(unit_id: str, role: Any = "lead", **more: Any) -> Assignment:
    return Assignment(unit_id=unit_id, role=role, **more)


class House:
    """Dispatch's side of one case."""

    def __init__(self) -> None:
        self.state = DispatchCase()
        self.aggregate = Aggregate()
        self.said: list[Event] = []
        self.told: list[tuple[str, Any]] = []
        self.notices: list[NoticeRequested] = []
        self.woken: list[tuple[str, str, str]] = []
        """What the gateway is asked: whom, what, of which case number."""
        self.district = district()
        self.at = MORNING
        self.turn = 0

    def later(self, **by: float) -> House:
        self.at += timedelta(**by)
        return self

    def hear(self, *events: Event) -> House:
        """Events of the other services arrive."""
        for event in events:
            case = self._case()
            self.aggregate.applied[event.SOURCE] += 1
            after = {source: mark for source, mark in self.aggregate.applied.items() if source != event.SOURCE}
            meta = Envelope(CASE, event.SOURCE, self.aggregate.applied[event.SOURCE], event.TYPE, self.at, after)
            EVENTS[type(event)](case, event, meta)
            self._keep(case)
        return self

    def do(self, unit_id: str, act: Callable[[LockedDispatch], Any]) -> House:
        """A call about the latest order of the unit."""
        case = self._case()
        dispatch = next(each for each in reversed(case.state.dispatches) if each.unit_id == unit_id)
        assert case.state.filed_case is not None
        act(LockedDispatch(case, dispatch, case.state.filed_case))
        self._keep(case)
        return self

    def sign(self, unit_id: str, who: Responder = UNIT) -> House:
        return self.do(unit_id, lambda on: answers.sign(on, who))

    def complete(self, unit_id: str, *photos: Photo, outcome: Any = "solved", who: Responder = UNIT) -> House:
        return self.do(unit_id, lambda on: answers.complete(on, who, outcome, "已清理", photos))

    def ask_return(self, unit_id: str) -> House:
        return self.do(unit_id, lambda on: returns.request_return(on, UNIT, "not_our_function", "不归我们", None))

    def accept(self, unit_id: str) -> House:
        return self.do(unit_id, lambda on: returns.accept_return(on, DESK, "同意"))

    def refuse(self, unit_id: str) -> House:
        return self.do(unit_id, lambda on: returns.refuse_return(on, DESK, "属于你们"))

    def order(self, unit_id: str) -> Dispatch:
        return next(each for each in reversed(self.state.dispatches) if each.unit_id == unit_id)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.said if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def messages(self, unit_id: str | None = None) -> list[str]:
        return [webhook.type for recipient, webhook in self.told if unit_id in (None, recipient)]

    def _case(self) -> Case[DispatchCase]:
        self.turn += 1
        return Case(
            CASE,
            self.aggregate,
            self.state,
            service="dispatch",
            now=self.at,
            district=self.district,
            cause=f"turn-{self.turn}",
        )

    def _keep(self, case: Case[DispatchCase]) -> None:
        """As the chassis does: what is stored is what the next transaction reads."""
        self.said += [each.event for each in case.emitted]
        for each in case.state.messages:
            if isinstance(each.webhook, NoticeRequested):
                data = each.webhook.data
                self.woken.append((data.recipient_ref, data.template, data.case_number))
                self.notices.append(each.webhook)
            else:
                self.told.append((each.recipient, each.webhook))
        self.state = DispatchCase.load(case.state.model_dump_json(exclude_defaults=True))


def dispatched(*assignments: Assignment, **fields: Any) -> House:
    """A case that was filed and routed to these units."""
    return House().hear(filed(**fields), routed(*assignments))


def caller(*roles: str, unit: str | None = None, **fields: Any) -> Caller:
    return Caller(kind="account", id="someone", roles=frozenset(roles), unit_id=unit, **fields)


def answering(house: House, who: Caller, unit_id: str) -> Responder:
    assert house.state.filed_case is not None
    return access.responder_for(who, house.order(unit_id), house.state.filed_case, house.district)
