"""Random lives of a case that is merged, voided, corrected, returned, closed and opened again while four services speak
at once.
"""

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
from tests.unit.routing.desk import CASE, CLERK, filed
from tests.unit.routing.town import FIXED, GRID, OTHER_STREET, PLAN_GAS, SAFE, entry
from tests.unit.supervision.town import in_the_field, person, received
from tests.unit.together.parties import Together, town

LIST = (
    entry("e1", lead="greens", co=("roads",)),
    entry("e2", code="06011", lead="water"),
    entry("e3", code="05001", lead="fire"),
    entry("e4", area=OTHER_STREET[:9], lead="street-two"),
    PLAN_GAS,
)
"""07001 is in no list: a person decides."""

CODES = ("06010", "06010", "06011", "07001", "05001")
DISPATCHER = Caller(kind="account", id="d0", roles=frozenset({"dispatcher"}), areas=("370522",))
UNITS = ("greens", "roads", "water", "police")
AFTER = Photo(sha256="0" * 64, role="after")
HOST = uuid5(CASE, "host")


class Walk:
    """`steps` things that may happen, each party hearing the others when it comes to it; in the end everybody has heard
    all.
    """

    def __init__(self, seed: int, steps: int = 60) -> None:
        self.chance = Random(seed)
        self.did: list[str] = []
        self.filed_anew = 0
        self.all = Together(town(*LIST), self.chance.shuffle)
        self.all.intake.say(received(self.all.now, place={"grid_code": GRID}), self._filed())
        listens = self.chance.choice((0.3, 0.6, 0.9))
        for _ in range(steps):
            if self.chance.random() < listens:
                self.all.parties[self.chance.choice(list(self.all.parties))].hear()
            else:
                self._act()
        self.all.settle()

    def _act(self) -> None:
        """Something that can be done: others are refused, or have nothing to say."""
        for act in self.chance.sample(_ACTS, len(_ACTS)):
            said = sum(len(each.said) for each in self.all.parties.values())
            try:
                act(self)
            except Problem:
                continue
            if sum(len(each.said) for each in self.all.parties.values()) > said:
                self.did.append(act.__name__[1:])
                break
        self.all.later(minutes=self.chance.choice((0, 0, 1, 5)))

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
            reported_at=self.all.now,
            case_due_at=self.all.now + timedelta(days=3),
            recheck_mode="callback",
        )

    # Intake.

    def _goes_on(self) -> bool:
        flow = self.all.intake.state.flow
        return flow.filed and not (flow.attached_to or flow.closed or flow.voided or flow.not_filed)

    def _correct(self) -> None:
        if self._goes_on() and self.chance.random() < 0.12:
            told = {**dict(self._filed()), "note": "", "corrected_by": CLERK}
            self.all.intake.say(acceptance.CaseCorrected.model_validate(told))

    def _merge(self) -> None:
        if self._goes_on() and self.chance.random() < 0.12:
            host = {"host_case_id": HOST, "host_case_number": "LJ-20261123-000009"}
            self.all.intake.say(acceptance.CaseAttached.model_validate({**host, "rule": "merged", "decided_by": CLERK}))

    def _undo(self) -> None:
        if self.all.intake.state.flow.attached_to:
            self.all.intake.say(acceptance.CaseDetached(host_case_id=HOST, decided_by=CLERK))

    def _void(self) -> None:
        if self._goes_on() and self.chance.random() < 0.03:
            self.all.intake.say(acceptance.CaseVoided(note="误立", decided_by=CLERK))

    def _file_anew(self) -> None:
        """What a dispatcher sent back comes before the desk, which files it anew."""
        heard = self.all.routing.said[: self.all.intake.aggregate.applied["routing"]]
        sent_back = sum(isinstance(each, command.CaseSentBack) for _, each in heard)
        if self._goes_on() and sent_back > self.filed_anew:
            self.filed_anew = sent_back
            due_at = self.all.now + timedelta(minutes=15)
            self.all.intake.say(acceptance.FilingAwaited(missing=("decision",), due_at=due_at), self._filed())

    # Routing.

    def _decide(self) -> None:
        lead, co = self.chance.sample(UNITS, 2)
        self.all.routing.do(
            manual_decision.decide_by_hand, lead, (co,) if self.chance.random() < 0.3 else (), "", DISPATCHER
        )

    def _send_back(self) -> None:
        if self.chance.random() < 0.2:
            self.all.routing.do(manual_decision.send_back, "unclear", "", DISPATCHER)

    def _hand_over(self) -> None:
        if self.chance.random() < 0.3:
            self.all.routing.do(handover.hand_over, "fire", "joint", "", None, DISPATCHER)

    # Dispatch.

    def _answer(self, act: Callable[[LockedDispatch], object]) -> None:
        def answered(case: DispatchedCase) -> None:
            order = self._order(case.state.dispatches)
            if order is not None and case.state.filed_case is not None:
                act(LockedDispatch(case, order, case.state.filed_case))

        self.all.dispatch.do(answered)

    def _order(self, orders: list[Dispatch]) -> Dispatch | None:
        open_ones = [each for each in orders if each.open]
        return self.chance.choice(open_ones or orders) if orders else None

    def _sign(self) -> None:
        self._answer(lambda on: answers.sign(on, _unit(on)))

    def _ask_return(self) -> None:
        reason: Any = self.chance.choice(("not_our_function", "duplicate"))
        self._answer(lambda on: returns.request_return(on, _unit(on), reason, "", None))

    def _accept_return(self) -> None:
        self._answer(lambda on: returns.accept_return(on, CLERK, ""))

    def _refuse_return(self) -> None:
        self._answer(lambda on: returns.refuse_return(on, CLERK, ""))

    def _refuse_handover(self) -> None:
        self._answer(lambda on: answers.refuse_handover(on, _unit(on), ""))

    def _complete(self) -> None:
        self._answer(lambda on: answers.complete(on, _unit(on), "solved", "", (AFTER,)))

    # Supervision.

    def _force(self) -> None:
        if self.chance.random() < 0.04:
            self.all.supervision.do(case_actions.force_close, "", person("leader"))

    def _reopen(self) -> None:
        self.all.supervision.do(case_actions.reopen, "", person("shift_lead"))

    def _recheck(self) -> None:
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

        self.all.supervision.do(answered)


def _unit(on: LockedDispatch) -> Responder:
    actor = CLERK.model_copy(update={"id": f"key-{on.dispatch.unit_id}", "unit_id": on.dispatch.unit_id})
    return Responder(actor, for_unit=False)


_ACTS: list[Callable[[Walk], None]] = [
    Walk._correct,
    Walk._merge,
    Walk._undo,
    Walk._void,
    Walk._file_anew,
    Walk._decide,
    Walk._send_back,
    Walk._hand_over,
    Walk._sign,
    Walk._ask_return,
    Walk._accept_return,
    Walk._refuse_return,
    Walk._refuse_handover,
    Walk._complete,
    Walk._force,
    Walk._reopen,
    Walk._recheck,
]


def amiss(walk: Walk) -> list[str]:
    """What must not be once everybody has heard all."""
    routing, dispatch, watched = walk.all.routing.state, walk.all.dispatch.state, walk.all.supervision.state
    flow = watched.flow
    found: list[str] = []
    leads = [
        each for each in dispatch.dispatches if each.role == "lead" and each.open and not each.awaiting_reassignment
    ]
    if len(leads) > 1:
        found.append("two leads at once")
    running = [
        (each.unit_id, each.role) for each in dispatch.dispatches if each.open and not each.awaiting_reassignment
    ]
    if len(running) > len(set(running)):
        found.append("a unit has the same order twice")
    if bool(dispatch.ended) != watched.ended:
        found.append(f"ended for one and not for the other: {dispatch.ended!r} {flow.status}")
    if dispatch.ended and any(each.open and not each.held_by_emergency_service for each in dispatch.dispatches):
        found.append("an order in force on an ended case")
    if watched.ended and watched.clocks:
        found.append("a clock runs on an ended case")
    for each in dispatch.dispatches:
        if flow.dispatches[each.id].status != each.status:
            found.append(f"{each.unit_id} is {each.status} and {flow.dispatches[each.id].status}")
    if watched.ended or not flow.filed:
        return found
    names = {clock.name for clock in watched.clocks.values() if clock.name != "dispatch"}
    deciding = any(c.name == "dispatch" and c.dispatch_id is None for c in watched.clocks.values())
    lead = dispatch.lead()
    if lead is not None and lead.id != watched.lead_dispatch_id() and lead.open:
        found.append("another lead is watched")
    handled = (
        all(not each.open for each in dispatch.handling_dispatches())
        and lead is not None
        and lead.status == "completed"
    )
    if handled != (flow.handled_round >= flow.rework_round):
        found.append(f"handled: {handled}, said: {flow.handled_round} of {flow.rework_round}")
    if handled and not any(t.kind in ("recheck", "review") and t.waiting for t in watched.tasks.values()):
        found.append("handled, and nobody looks")
    if lead is not None and lead.open and lead.status != "return_requested" and "handle" not in names:
        found.append("who leads has no clock")
    asked = routing.waiting is not None
    if asked != deciding and not routing.sent_back:
        found.append(f"a person is asked: {asked}, and their clock runs: {deciding}")
    if lead is None and not asked and not routing.sent_back and not routing.pending:
        found.append("nobody leads and nobody is asked")
    if routing.pending:
        found.append("an order is on its way for ever")
    if handled != routing.handled and (lead is None or lead.status != "completed"):
        found.append("routing thinks otherwise of what is done")
    return found
