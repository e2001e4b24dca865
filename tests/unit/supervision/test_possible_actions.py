"""The actions offered to a caller are exactly those that supervision would accept, in any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from services.chassis.auth import Caller, acts_for_centre
from services.chassis.problems import Problem
from services.supervision.domain.actions import case_actions, guards, task_actions
from services.supervision.domain.actions.guards import Action
from services.supervision.domain.policies.feedback import FeedbackAnswer
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives.case import SupervisionCase
from tests.unit.supervision import sample_events
from tests.unit.supervision.case_driver import AFTER
from tests.unit.supervision.random_walk import RandomWalk
from tests.unit.supervision.sample_district import in_the_field, person
from tests.unit.supervision.sample_events import CASE, REPORT

CENTRE = ("hotline", "intake_clerk", "shift_lead", "dispatcher", "assessor", "leader", "administrator")
CALLERS = (
    *(person(role) for role in CENTRE),
    *(person(role, areas=("370522002",)) for role in CENTRE),
    *(person(role, unit_id="sanitation") for role in (*CENTRE, "unit_clerk")),
    person("shift_lead", "closer"),
    person("leader", "the review"),
    person("dispatcher", "the extension"),
    *(in_the_field(each) for each in ("ann", "bo", "cai", "nobody")),
    Caller(kind="resident", id=str(REPORT), case_id=str(CASE), report_id=str(REPORT)),
)

FOUND = Finding(passed=False, note="看过", photos=(AFTER,))

Command = Callable[[SupervisionCase], None]


def commands_for(action: Action, case: SupervisionCase, who: Caller) -> Iterator[Command]:
    """Yield the command of the action with every suitable argument."""
    tasks = [key for key, each in case.state.tasks.items() if each.waiting]
    if action == "claim":
        yield from (lambda on, key=key: task_actions.claim(on, key, who) for key in tasks)
    elif action == "answer":
        yield from (lambda on, key=key: task_actions.answer(on, key, FOUND, who) for key in tasks)
    elif action == "feedback":
        own = [REPORT] if who.kind == "resident" else list(case.state.reports)
        yield from (lambda on, key=key: _give_feedback(on, key, who) for key in own)
    else:
        yield _COMMANDS[action](who)


def _give_feedback(on: SupervisionCase, report_id: object, who: Caller) -> None:
    if who.kind != "resident":
        guards.access.require_case(on, who)
    case_actions.give_feedback(on, report_id, FeedbackAnswer(solved=True), who)  # type: ignore[arg-type]


_COMMANDS: dict[Action, Callable[[Caller], Command]] = {
    "urge": lambda who: lambda on: case_actions.urge(on, None, "请抓紧", who),
    "order": lambda who: lambda on: case_actions.issue_order(on, None, "leader", "限期", who),
    "review": lambda who: lambda on: task_actions.review(on, FOUND, who),
    "close": lambda who: lambda on: case_actions.close(on, "已办", who),
    "force-close": lambda who: lambda on: case_actions.force_close(on, "强制", who),
    "reopen": lambda who: lambda on: case_actions.reopen(on, "未清", who),
}


class CheckedWalk(RandomWalk):
    """A random walk that compares offers with results from time to time."""

    def __init__(self, seed: int, offered: Counter[str]) -> None:
        self.offered = offered
        super().__init__(seed)

    def wait(self) -> None:
        super().wait()
        if self.chance.random() < 0.06:
            case = self.driver.case()
            for who in CALLERS:
                offered = guards.possible_actions(case, who)
                self.offered.update(offered)
                for action in guards.ROLES:
                    self._compare_offer(case, action, who, offered=action in offered)

    def complete(self, _: int) -> None:
        """Complete the work; half of the time with the outcome "explained", which a leader reviews."""
        if self.chance.random() < 0.5:
            super().complete(0)
            return
        for dispatch_id, unit, _role in [each for each in self.open_dispatches() if each[2] == "lead"][-1:]:
            round_ = self.driver.flow.dispatches[dispatch_id].rework_round
            self.apply(sample_events.completed("explained", dispatch_id=dispatch_id, unit_id=unit, round_=round_))
            self.apply(sample_events.all_completed("explained", round_=self.driver.flow.rework_round))

    def _compare_offer(self, case: SupervisionCase, action: Action, who: Caller, *, offered: bool) -> None:
        of_token = who.kind == "resident" and action == "feedback"
        if not of_token and not (who.has(*guards.ROLES[action]) and (action == "feedback" or acts_for_centre(who))):
            assert not offered, (action, who)
            return
        tried = [self.attempt(command) for command in commands_for(action, case, who)]
        if offered:
            assert any(tried), (action, who, case.state.flow.status, "offered but refused")
        else:
            assert "done" not in tried, (action, who, case.state.flow.status, "accepted but not offered")

    def attempt(self, command: Command) -> str:
        """Run the command on a copy of the case; return nothing if it is refused, `done` if it changes something."""
        case = self.driver.case()
        before = case.state.model_dump_json()
        try:
            command(case)
        except Problem:
            return ""
        return "done" if case.emitted or case.state.model_dump_json() != before else "nothing to do"


def test_offered_actions_are_exactly_the_accepted_ones() -> None:
    offered = Counter[str]()
    for seed in range(10):
        CheckedWalk(seed, offered)
    assert offered.keys() == guards.ROLES.keys()
    assert all(offered.values()), offered
