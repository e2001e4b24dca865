"""Random cases: a random walk over everything that may happen to a case, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable

from services.chassis.problems import Problem
from tests.unit.supervision.random_steps import RandomSteps


class RandomWalk(RandomSteps):
    """One case and `steps` random steps, with time between them."""

    def __init__(self, seed: int, steps: int = 55) -> None:
        super().__init__(seed)
        self.register_case()
        for number in range(steps):
            self.wait()
            possible = self.steps_at_any_time if self.chance.random() < 0.3 else self.steps_at_this_stage
            try:
                self.chance.choice(possible())(number)
            except Problem:
                continue  # the step was refused and changed nothing

    def steps_at_this_stage(self) -> list[Callable[[int], None]]:
        """Return the steps that continue the case from its stage."""
        flow = self.driver.flow
        if self.driver.state.ended and not flow.closed:
            return [self.attach_or_detach, self.appeal]
        if flow.settlement == "waiting" and not flow.filed:
            return [self.decide_settlement, self.request_verification]
        if flow.settlement == "approved" and not flow.filed and self.has_sampled_recheck():
            return [self.recheck]
        if not flow.filed and not flow.closed and self.tasks:
            return [self.answer_verification] * 3 + [self.file]
        if not flow.filed and not flow.closed:
            return [
                self.request_verification,
                self.await_filing,
                self.await_filing,
                self.file,
                self.file,
                self.end_before_filing,
            ]
        if not flow.closed and (not self.dispatches or flow.lead is None):
            return [self.dispatch] * 6 + [self.call_county, self.send_back]
        if flow.handled_round >= flow.rework_round and not flow.closed:
            return [self.recheck] * 5 + [self.close] * 2
        if not flow.closed:
            returning = any(each.status == "return_requested" for each in flow.dispatches.values())
            if returning:
                return [self.decide_return]
            return [
                self.complete,
                self.complete,
                self.request_return,
                self.request_more_time,
                self.sign,
                self.progress,
                self.request_more_time,
                self.decide_requests,
                self.contact_reporter,
            ]
        return [
            self.give_feedback,
            self.give_feedback,
            self.give_feedback,
            self.give_feedback,
            self.record_failed_call,
            self.reopen,
            self.appeal,
            self.appeal,
        ]

    def has_sampled_recheck(self) -> bool:
        return any(task.sample and task.waiting for task in self.driver.state.tasks.values())

    def steps_at_any_time(self) -> list[Callable[[int], None]]:
        """Return the steps that may happen at any stage; those of the work only until the case ends."""
        work = [
            self.dispatch,
            self.sign,
            self.urge,
            self.issue_order,
            self.decide_requests,
            self.withdraw,
            self.correct,
        ]
        work = [] if self.driver.state.ended else work
        return [
            *work,
            self.contact_reporter,
            self.attach_or_detach,
            self.void,
            self.declare_storm,
            self.link_recurrence,
            self.appeal,
            self.join_report,
            self.answer_attention,
        ]
