"""What supervision offers a caller: nothing that it refuses, and all that it would let them do, in whatever state."""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import AFTER
from tests.unit.supervision.town import CASE, REPORT, in_the_field, person
from tests.unit.supervision.walks import Walk

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

Act = Callable[[SupervisionCase], None]


def acts(action: Action, case: SupervisionCase, who: Caller) -> Iterator[Act]:
    """The command with every argument that could suit."""
    tasks = [key for key, each in case.state.tasks.items() if each.waiting]
    if action == "claim":
        yield from (lambda on, key=key: task_actions.claim(on, key, who) for key in tasks)
    elif action == "answer":
        yield from (lambda on, key=key: task_actions.answer(on, key, FOUND, who) for key in tasks)
    elif action == "feedback":
        own = [REPORT] if who.kind == "resident" else list(case.state.reports)
        yield from (lambda on, key=key: _say(on, key, who) for key in own)
    else:
        yield _ACTS[action](who)


def _say(on: SupervisionCase, report_id: object, who: Caller) -> None:
    if who.kind != "resident":
        guards.access.require_case(on, who)
    case_actions.give_feedback(on, report_id, FeedbackAnswer(solved=True), who)  # type: ignore[arg-type]


_ACTS: dict[Action, Callable[[Caller], Act]] = {
    "urge": lambda who: lambda on: case_actions.urge(on, None, "请抓紧", who),
    "order": lambda who: lambda on: case_actions.issue_order(on, None, "leader", "限期", who),
    "review": lambda who: lambda on: task_actions.review(on, FOUND, who),
    "close": lambda who: lambda on: case_actions.close(on, "已办", who),
    "force-close": lambda who: lambda on: case_actions.force_close(on, "强制", who),
    "reopen": lambda who: lambda on: case_actions.reopen(on, "未清", who),
}


class Watched(Walk):
    """A life that is looked at now and then."""

    def __init__(self, seed: int, offered: Counter[str]) -> None:
        self.offered = offered
        super().__init__(seed)

    def _wait(self) -> None:
        super()._wait()
        if self.chance.random() < 0.06:
            case = self.life.case()
            for who in CALLERS:
                offered = guards.possible_actions(case, who)
                self.offered.update(offered)
                for action in guards.ROLES:
                    self._look(case, action, who, offered=action in offered)

    def _complete(self, _: int) -> None:
        """Now and then it was only explained: a leader reviews that."""
        if self.chance.random() < 0.5:
            super()._complete(0)
            return
        for order, unit, _role in [each for each in self._open() if each[2] == "lead"][-1:]:
            own = self.life.flow.dispatches[order].rework_round
            self._hear(town.completed("explained", dispatch_id=order, unit_id=unit, round_=own))
            self._hear(town.all_completed("explained", round_=self.life.flow.rework_round))

    def _look(self, case: SupervisionCase, action: Action, who: Caller, *, offered: bool) -> None:
        of_token = who.kind == "resident" and action == "feedback"
        if not of_token and not (who.has(*guards.ROLES[action]) and (action == "feedback" or acts_for_centre(who))):
            assert not offered, (action, who)
            return
        tried = [self.attempt(act) for act in acts(action, case, who)]
        if offered:
            assert any(tried), (action, who, case.state.flow.status, "is offered and refused")
        else:
            assert "done" not in tried, (action, who, case.state.flow.status, "is not offered and could be done")

    def attempt(self, act: Act) -> str:
        """Empty where it is refused; `done` where it changed something. Nothing is kept of it."""
        case = self.life.case()
        before = case.state.model_dump_json()
        try:
            act(case)
        except Problem:
            return ""
        return "done" if case.emitted or case.state.model_dump_json() != before else "nothing to do"


def test_whatever_is_offered_is_let_through_and_whatever_is_let_through_is_offered() -> None:
    offered = Counter[str]()
    for seed in range(10):
        Watched(seed, offered)
    assert offered.keys() == guards.ROLES.keys()
    assert all(offered.values()), offered
