"""Drive one case through dispatch's handlers and commands without a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from contracts.base import Event
from contracts.common import Photo
from contracts.envelope import Envelope
from contracts.events.command import Assignment, HandoverTarget
from contracts.handover import Handover
from contracts.webhooks import HandoverMessage, NoticeRequested
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.dispatch.domain.dispatches import access, answers, returns
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.state import Dispatch, DispatchCase
from services.dispatch.domain.dispatches.upstream_platform import RECIPIENT
from services.dispatch.events import EVENTS
from tests.unit.dispatch.sample_district import MORNING, make_district
from tests.unit.dispatch.sample_events import (
    CASE,
    CLERK,
    DESK,
    assignment,
    filed,
    routed,
)

UNIT = Responder(CLERK, for_unit=False)
E = TypeVar("E", bound=Event)


class CaseDriver:
    """One case at dispatch: applies events, answers for units, keeps the resulting events, webhooks and notices."""

    def __init__(self) -> None:
        self.state = DispatchCase()
        self.aggregate = Aggregate()
        self.events: list[Event] = []
        self.webhooks: list[tuple[str, Any]] = []
        self.notices: list[NoticeRequested] = []
        self.notice_keys: list[tuple[str, str, str]] = []
        """Recipient, template and case number of each notice that the gateway must send."""
        self.district = make_district()
        self.now = MORNING
        self.transactions = 0

    def advance(self, **by: float) -> CaseDriver:
        self.now += timedelta(**by)
        return self

    def apply(self, *events: Event) -> CaseDriver:
        """Apply events of other services."""
        for event in events:
            case = self.case()
            self.aggregate.applied[event.SOURCE] += 1
            dependencies = {
                source: position for source, position in self.aggregate.applied.items() if source != event.SOURCE
            }
            meta = Envelope(
                CASE, event.SOURCE, self.aggregate.applied[event.SOURCE], event.TYPE, self.now, dependencies
            )
            EVENTS[type(event)](case, event, meta)
            self.record(case)
        return self

    def run(self, unit_id: str, act: Callable[[LockedDispatch], Any]) -> CaseDriver:
        """Run an action on the latest dispatch of the unit."""
        case = self.case()
        dispatch = next(each for each in reversed(case.state.dispatches) if each.unit_id == unit_id)
        assert case.state.filed_case is not None
        act(LockedDispatch(case, dispatch, case.state.filed_case))
        self.record(case)
        return self

    def sign(self, unit_id: str, who: Responder = UNIT) -> CaseDriver:
        return self.run(unit_id, lambda on: answers.sign(on, who))

    def complete(self, unit_id: str, *photos: Photo, outcome: Any = "solved", who: Responder = UNIT) -> CaseDriver:
        return self.run(unit_id, lambda on: answers.complete(on, who, outcome, "已清理", photos))

    def request_return(self, unit_id: str) -> CaseDriver:
        return self.run(unit_id, lambda on: returns.request_return(on, UNIT, "not_our_function", "不归我们", None))

    def accept_return(self, unit_id: str) -> CaseDriver:
        return self.run(unit_id, lambda on: returns.accept_return(on, DESK, "同意"))

    def refuse_return(self, unit_id: str) -> CaseDriver:
        return self.run(unit_id, lambda on: returns.refuse_return(on, DESK, "属于你们"))

    def dispatch_of(self, unit_id: str) -> Dispatch:
        return next(each for each in reversed(self.state.dispatches) if each.unit_id == unit_id)

    def events_of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.events_of(kind)[-1]

    def webhook_types(self, unit_id: str | None = None) -> list[str]:
        return [webhook.type for recipient, webhook in self.webhooks if unit_id in (None, recipient)]

    def case(self) -> Case[DispatchCase]:
        self.transactions += 1
        return Case(
            CASE,
            self.aggregate,
            self.state,
            service="dispatch",
            now=self.now,
            district=self.district,
            cause=f"transaction-{self.transactions}",
        )

    def record(self, case: Case[DispatchCase]) -> None:
        """Keep what a transaction stated; store and reload the state, as the chassis does."""
        self.events += [each.event for each in case.emitted]
        for each in case.state.messages:
            if isinstance(each.webhook, NoticeRequested):
                data = each.webhook.data
                self.notice_keys.append((data.recipient_ref, data.template, data.case_number))
                self.notices.append(each.webhook)
            else:
                self.webhooks.append((each.recipient, each.webhook))
        self.state = DispatchCase.load(case.state.model_dump_json(exclude_defaults=True))


def dispatched(*assignments: Assignment, **fields: Any) -> CaseDriver:
    """Return a driver whose case is filed and routed to these units."""
    return CaseDriver().apply(filed(**fields), routed(*assignments))


def caller(*roles: str, unit: str | None = None, **fields: Any) -> Caller:
    return Caller(kind="account", id="someone", roles=frozenset(roles), unit_id=unit, **fields)


def responder(driver: CaseDriver, who: Caller, unit_id: str) -> Responder:
    assert driver.state.filed_case is not None
    return access.responder_for(who, driver.dispatch_of(unit_id), driver.state.filed_case, driver.district)


AGENCY = HandoverTarget(agency="119")


def handed_over(**handover: object) -> CaseDriver:
    """Return a case with a dispatched lead and the fire brigade called in beside it."""
    return dispatched(
        assignment("sanitation"),
        assignment("fire", "first_response", handover=HandoverTarget.model_validate({"agency": "119", **handover})),
        emergency=True,
    )


def upstream_messages(driver: CaseDriver) -> list[tuple[str, str]]:
    """Return type and step or outcome of each message to the upstream platform."""
    return [
        (webhook.type, str(getattr(webhook.data, "step", getattr(webhook.data, "outcome", ""))))
        for recipient, webhook in driver.webhooks
        if recipient == RECIPIENT
    ]


def envelopes(driver: CaseDriver) -> list[Handover]:
    return [each.data for _, each in driver.webhooks if isinstance(each, HandoverMessage)]
