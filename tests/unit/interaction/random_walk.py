"""Random walks of one case through four services that act concurrently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid5

from contracts.common import Photo, Place
from contracts.events import acceptance, command
from services.chassis.auth import Caller
from services.chassis.problems import Problem
from services.dispatch.domain.dispatches import answers, returns
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase
from services.routing.domain import handover, manual_decision
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.policies import recheck
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives.case import SupervisionCase
from tests.unit.interaction.services_in_process import ServicesInProcess, make_district
from tests.unit.routing.sample_district import FIXED, GRID, OTHER_STREET, PLAN_GAS, SAFE, entry
from tests.unit.routing.sample_events import CASE, CLERK, filed
from tests.unit.supervision.sample_district import in_the_field, person
from tests.unit.supervision.sample_events import received

LIST = (
    entry("e1", lead="greens", co=("roads",)),
    entry("e2", code="06011", lead="water"),
    entry("e3", code="05001", lead="fire"),
    entry("e4", area=OTHER_STREET[:9], lead="street-two"),
    PLAN_GAS,
)
"""A responsibility list without 07001: a person decides about that category."""

CODES = ("06010", "06010", "06011", "07001", "05001")
DISPATCHER = Caller(kind="account", id="d0", roles=frozenset({"dispatcher"}), areas=("370522",))
UNITS = ("greens", "roads", "water", "police")
AFTER = Photo(sha256="0" * 64, role="after")
HOST = uuid5(CASE, "host")


class RandomWalk:
    """One random walk: `steps` actions and deliveries in random order; at the end all events are delivered."""

    def __init__(self, seed: int, steps: int = 60) -> None:
        self.chance = Random(seed)
        self.actions: list[str] = []
        self.filed_again = 0
        self.services = ServicesInProcess(make_district(*LIST), self.chance.shuffle)
        self.services.intake.emit(received(self.services.now, place={"grid_code": GRID}), self._filed())
        delivery_share = self.chance.choice((0.3, 0.6, 0.9))
        for _ in range(steps):
            if self.chance.random() < delivery_share:
                self.services.by_name[self.chance.choice(list(self.services.by_name))].apply_next()
            else:
                self._act()
        self.services.deliver_all()

    def _act(self) -> None:
        """Run the first action, in random order, that is allowed and states an event."""
        for act in self.chance.sample(_ACTIONS, len(_ACTIONS)):
            before = sum(len(each.stored) for each in self.services.by_name.values())
            try:
                act(self)
            except Problem:
                continue
            if sum(len(each.stored) for each in self.services.by_name.values()) > before:
                self.actions.append(act.__name__)
                break
        self.services.advance(minutes=self.chance.choice((0, 0, 1, 5)))

    def _filed(self) -> acceptance.CaseFiled:
        code, grid = self.chance.choice(CODES), self.chance.choice((GRID, GRID, OTHER_STREET))
        centre = "centre-one" if grid == GRID else "centre-two"
        return filed(
            code,
            emergency=code == "05001",
            place=Place(grid_code=grid),
            community=grid[:12],
            centre_id=centre,
            milestones=self.chance.choice(((SAFE, FIXED), (FIXED,))),
            reported_at=self.services.now,
            case_due_at=self.services.now + timedelta(days=3),
            recheck_mode="callback",
        )

    # Intake.

    def _in_progress(self) -> bool:
        flow = self.services.intake.state.flow
        return flow.filed and not (flow.attached_to or flow.closed or flow.voided or flow.not_filed)

    def correct(self) -> None:
        if self._in_progress() and self.chance.random() < 0.12:
            fields = {**dict(self._filed()), "note": "", "corrected_by": CLERK}
            self.services.intake.emit(acceptance.CaseCorrected.model_validate(fields))

    def merge(self) -> None:
        if self._in_progress() and self.chance.random() < 0.12:
            host = {"host_case_id": HOST, "host_case_number": "LJ-20261123-000009"}
            self.services.intake.emit(
                acceptance.CaseAttached.model_validate({**host, "rule": "merged", "decided_by": CLERK})
            )

    def undo_merge(self) -> None:
        if self.services.intake.state.flow.attached_to:
            self.services.intake.emit(acceptance.CaseDetached(host_case_id=HOST, decided_by=CLERK))

    def void(self) -> None:
        if self._in_progress() and self.chance.random() < 0.03:
            self.services.intake.emit(acceptance.CaseVoided(note="误立", decided_by=CLERK))

    def file_again(self) -> None:
        """File again a case that a dispatcher sent back."""
        applied = self.services.routing.stored[: self.services.intake.aggregate.applied["routing"]]
        sent_back = sum(isinstance(each, command.CaseSentBack) for _, each in applied)
        if self._in_progress() and sent_back > self.filed_again:
            self.filed_again = sent_back
            due_at = self.services.now + timedelta(minutes=15)
            self.services.intake.emit(acceptance.FilingAwaited(missing=("decision",), due_at=due_at), self._filed())

    # Routing.

    def decide(self) -> None:
        lead, co = self.chance.sample(UNITS, 2)
        self.services.routing.run(
            manual_decision.decide_by_hand, lead, (co,) if self.chance.random() < 0.3 else (), "", DISPATCHER
        )

    def send_back(self) -> None:
        if self.chance.random() < 0.2:
            self.services.routing.run(manual_decision.send_back, "unclear", "", DISPATCHER)

    def hand_over(self) -> None:
        if self.chance.random() < 0.3:
            self.services.routing.run(handover.hand_over, "fire", "joint", "", None, DISPATCHER)

    # Dispatch.

    def _answer(self, act: Callable[[LockedDispatch], object]) -> None:
        def answered(case: DispatchedCase) -> None:
            order = self._order(case.state.dispatches)
            if order is not None and case.state.filed_case is not None:
                act(LockedDispatch(case, order, case.state.filed_case))

        self.services.dispatch.run(answered)

    def _order(self, orders: list[Dispatch]) -> Dispatch | None:
        open_ones = [each for each in orders if each.open]
        return self.chance.choice(open_ones or orders) if orders else None

    def sign(self) -> None:
        self._answer(lambda on: answers.sign(on, _unit(on)))

    def request_return(self) -> None:
        reason: Any = self.chance.choice(("not_our_function", "duplicate"))
        self._answer(lambda on: returns.request_return(on, _unit(on), reason, "", None))

    def accept_return(self) -> None:
        self._answer(lambda on: returns.accept_return(on, CLERK, ""))

    def refuse_return(self) -> None:
        self._answer(lambda on: returns.refuse_return(on, CLERK, ""))

    def refuse_handover(self) -> None:
        self._answer(lambda on: answers.refuse_handover(on, _unit(on), ""))

    def complete(self) -> None:
        self._answer(lambda on: answers.complete(on, _unit(on), "solved", "", (AFTER,)))

    # Supervision.

    def force_close(self) -> None:
        if self.chance.random() < 0.04:
            self.services.supervision.run(case_actions.force_close, "", person("leader"))

    def reopen(self) -> None:
        self.services.supervision.run(case_actions.reopen, "", person("shift_lead"))

    def recheck(self) -> None:
        def answered(case: SupervisionCase) -> None:
            for task_id, task in case.state.tasks.items():
                if task.kind in ("recheck", "suspension", "extension") and task.waiting:
                    who = person("dispatcher") if task.kind != "recheck" else person("hotline", "caller")
                    found = Finding(passed=self.chance.random() < 0.5, note="看过", photos=(AFTER,))
                    if task.kind == "recheck" and task.queue == "officer":
                        recheck.assign(case, task_id, "bo")
                        who = in_the_field("bo")
                    task_actions.answer(case, task_id, found, who)
                    return

        self.services.supervision.run(answered)


def _unit(on: LockedDispatch) -> Responder:
    actor = CLERK.model_copy(update={"id": f"key-{on.dispatch.unit_id}", "unit_id": on.dispatch.unit_id})
    return Responder(actor, for_unit=False)


_ACTIONS: list[Callable[[RandomWalk], None]] = [
    RandomWalk.correct,
    RandomWalk.merge,
    RandomWalk.undo_merge,
    RandomWalk.void,
    RandomWalk.file_again,
    RandomWalk.decide,
    RandomWalk.send_back,
    RandomWalk.hand_over,
    RandomWalk.sign,
    RandomWalk.request_return,
    RandomWalk.accept_return,
    RandomWalk.refuse_return,
    RandomWalk.refuse_handover,
    RandomWalk.complete,
    RandomWalk.force_close,
    RandomWalk.reopen,
    RandomWalk.recheck,
]
