"""The steps of a random walk: each applies one event or runs one action, with random arguments."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4, uuid5

from contracts.base import Event
from contracts.common import Actor, Photo, Place
from contracts.events import acceptance, handling
from contracts.events.acceptance import reporters
from contracts.events.acceptance.storms import StormDeclared
from contracts.events.command import CaseSentBack, DispatchWithdrawn, HandoverTarget
from contracts.events.discovery import Settlement
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.policies import feedback
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at, in_the_field, person
from tests.unit.supervision.sample_events import CASE, OTHER_CLERK, REPORT, SECOND_REPORT

SYSTEM = Actor(kind="system", id="system")
ANN = Actor(kind="account", id="account-ann", role="officer", officer_id="ann")
ELSEWHERE = "370522002001001"
UNITS = ("sanitation", "housing", "water", "property")
QUICK, SLOW = (0, 0, 2, 5, 10, 20), (5, 30, 90, 300, 1440, 4000, 9000)
"""Minutes between two steps: quick for even seeds, slow for odd ones."""


class RandomSteps:
    """One case and what may happen to it; a step that is impossible now does nothing or is refused."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.pauses = SLOW if seed % 2 else QUICK
        self.driver = CaseDriver(sample_district.make_district(), recompute=False)
        self.dispatches: list[tuple[UUID, str, str]] = []
        self.tasks: list[UUID] = []

    def wait(self) -> None:
        self.driver.advance_to(self.driver.now + timedelta(minutes=self.chance.choice(self.pauses), seconds=1))

    def apply(self, *events: Event) -> None:
        self.driver.apply(*events, at=self.driver.now)

    def one_of(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def register_case(self) -> None:
        when = at("03-11 09:00") + timedelta(hours=self.chance.randrange(48))
        settlement = self.one_of(None, Settlement(outcome="settled_on_the_spot", what_was_done="已清理"))
        by = ANN if settlement else self.one_of(ANN, DESK, DESK)
        channel = self.one_of("grid_terminal", "hotline", "resident", "camera", "department")
        report = sample_events.received(
            when,
            reported_by=by,
            settlement=settlement,
            reporter_ref=self.one_of(None, SECOND_REPORT),
            channel=channel,
            split_from=None if settlement else self.one_of(None, None, SECOND_REPORT),
            place=self.one_of(None, {"grid_code": HOME}, {"grid_code": HOME}),
        )
        self.driver.apply(report, at=when)

    def request_verification(self, number: int) -> None:
        task, officer = uuid5(CASE, f"task {number}"), self.one_of("ann", "bo", None)
        mode = "site" if officer else "phone"
        due_at = self.driver.now + timedelta(minutes=30)
        self.tasks.append(task)
        self.apply(
            acceptance.VerificationRequested(
                task_id=task,
                mode=mode,
                grid_code=HOME,
                officer_id=officer,
                due_at=due_at,
                requested_by=self.one_of(None, DESK),
            )
        )

    def answer_verification(self, _: int) -> None:
        if self.tasks:
            officer = self.one_of("ann", "bo", None)
            by = Actor(kind="account", id=f"account-{officer}", role="officer", officer_id=officer) if officer else DESK
            self.apply(
                acceptance.VerificationRecorded(
                    task_id=self.tasks.pop(), result="confirmed", officer_id=officer, recorded_by=by
                )
            )

    def await_filing(self, _: int) -> None:
        due_at = self.driver.now + timedelta(minutes=15)
        self.apply(acceptance.FilingAwaited(missing=("condition",), due_at=due_at))

    def file(self, _: int) -> None:
        if self.driver.state.ended:
            return
        reporter = "ann" if "officer/ann/reported" in " ".join(self.driver.state.scores.facts) else None
        steps = self.one_of(("1 work_day",), ("30 urgent_minute", "4 urgent_hour"))
        self.apply(
            sample_events.filed(
                self.driver.now,
                steps,
                emergency=len(steps) > 1,
                reporter_officer_id=reporter,
                discoverable_on_patrol=True,
                filed_by=self.one_of(DESK, DESK, SYSTEM),
                recheck_mode=self.one_of("site", "callback"),
            )
        )

    def send_back(self, number: int) -> None:
        self.apply(CaseSentBack(round=number, reason="wrong_place", note="在桥东", decided_by=DESK))
        self.await_filing(number)

    def correct(self, _: int) -> None:
        if self.driver.flow.filed:
            place = self.one_of(HOME, ELSEWHERE)
            case = dict(sample_events.filed(self.driver.now, place=Place(grid_code=place), community=place[:12]))
            by = self.one_of(DESK, OTHER_CLERK)
            self.apply(acceptance.CaseCorrected.model_validate({**case, "note": "", "corrected_by": by}))

    def end_before_filing(self, _: int) -> None:
        self.apply(
            self.one_of(
                acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK),
                acceptance.CaseWithdrawn(withdrawn_by=DESK),
                acceptance.CaseAnswered(answer="已知悉", answered_by=DESK),
            )
        )

    def decide_settlement(self, _: int) -> None:
        if self.driver.flow.settlement == "waiting":
            self.apply(
                acceptance.SettlementRecorded(
                    approved=self.one_of(True, True, False),
                    sampled=self.one_of(True, False),
                    grid_code=HOME,
                    officer_id="ann",
                    decided_by=DESK,
                )
            )

    def attach_or_detach(self, _: int) -> None:
        host = {"host_case_id": uuid4(), "decided_by": DESK}
        if self.driver.flow.attached_to:
            self.apply(acceptance.CaseDetached.model_validate({**host, "host_case_id": self.driver.flow.attached_to}))
        elif not self.driver.state.ended:
            rule = self.one_of("merged", "near_in_place_and_time", "polygon")
            self.apply(acceptance.CaseAttached.model_validate({**host, "host_case_number": "LJ-1", "rule": rule}))
            self.driver.now += timedelta(seconds=1)
            for dispatch_id, unit, _role in self.open_dispatches():
                self.apply(DispatchWithdrawn(dispatch_id=dispatch_id, unit_id=unit, reason="merged"))

    def void(self, _: int) -> None:
        if self.driver.flow.filed and self.chance.random() < 0.15:
            self.apply(acceptance.CaseVoided(note="误立", decided_by=DESK))

    def declare_storm(self, _: int) -> None:
        if self.chance.random() < 0.3:
            self.apply(
                StormDeclared(
                    storm_id=uuid4(),
                    name="暴雨",
                    category_ids=("x",),
                    polygon=((0, 0), (1, 0), (1, 1), (0, 0)),
                    starts_at=self.driver.now,
                    ends_at=self.driver.now,
                    declared_by=DESK,
                )
            )

    def link_recurrence(self, _: int) -> None:
        self.apply(acceptance.CaseLinked(relation="recurrence", other_case_id=uuid4(), other_case_number="LJ-1"))

    def join_report(self, _: int) -> None:
        self.apply(
            acceptance.ReportJoined(
                report_id=SECOND_REPORT,
                attached_case_id=uuid4(),
                attached_case_number="LJ-2",
                channel="resident",
                feedback_wanted=True,
                reported_at=self.driver.now,
                reporter_officer_id=self.one_of(None, "ann", "bo"),
            )
        )

    def contact_reporter(self, _: int) -> None:
        fields = {"report_id": REPORT, "means": "phone", "reached": self.one_of(True, False), "contacted_by": DESK}
        self.apply(reporters.ReporterContacted.model_validate(fields))

    def dispatch(self, number: int) -> None:
        if not self.driver.flow.filed or self.driver.state.ended or len(self.dispatches) > 5:
            return
        dispatch_id, unit = uuid5(CASE, f"order {number}"), self.one_of(*UNITS)
        role = self.one_of("lead", "co", "first_response") if self.dispatches and self.driver.flow.lead else "lead"
        handover = HandoverTarget(agency="119", mode="joint") if self.chance.random() < 0.1 else None
        steps = ("30 urgent_minute", "4 urgent_hour") if self.driver.flow.emergency else ("1 work_day",)
        self.dispatches.append((dispatch_id, unit, role))
        self.apply(
            sample_events.routed(number, by=self.one_of(DESK, SYSTEM)),
            sample_events.dispatched(
                self.driver.now,
                steps,
                dispatch_id=dispatch_id,
                unit_id=unit,
                role=role,
                handover=handover,
                coordinated=unit == "property",
            ),
        )

    def call_county(self, number: int) -> None:
        self.apply(sample_events.needed(number, self.driver.now))

    def open_dispatches(self) -> list[tuple[UUID, str, str]]:
        """Return the dispatches that are not finished; of those to leads, only the latest."""
        former = [each for each in self.dispatches if each[2] == "lead"][:-1]
        return [each for each in self.dispatches if self.driver.flow.dispatches[each[0]].open and each not in former]

    def one_open_dispatch(self) -> list[tuple[UUID, str, str]]:
        """Return one open dispatch, or none if none is open."""
        return self.chance.sample(found, 1) if (found := self.open_dispatches()) else []

    def sign(self, _: int) -> None:
        for dispatch_id, unit, _role in self.one_open_dispatch():
            self.apply(
                sample_events.signed(dispatch_id, unit),
                *self.one_of((), (sample_events.progressed(dispatch_id, unit),)),
            )

    def progress(self, _: int) -> None:
        for dispatch_id, unit, _role in self.one_open_dispatch():
            self.apply(sample_events.progressed(dispatch_id, unit))

    def complete(self, _: int) -> None:
        leads = [each for each in self.open_dispatches() if each[2] == "lead"]
        for dispatch_id, unit, role in leads[-1:] or self.one_open_dispatch():
            round_ = self.driver.flow.dispatches[dispatch_id].rework_round
            self.apply(sample_events.completed(dispatch_id=dispatch_id, unit_id=unit, round_=round_))
            if role == "lead":
                self.apply(sample_events.all_completed(round_=self.driver.flow.rework_round))

    def request_return(self, _: int) -> None:
        for dispatch_id, unit, _role in self.one_open_dispatch():
            self.apply(sample_events.returned("requested", dispatch_id, unit))

    def decide_return(self, _: int) -> None:
        for dispatch_id, unit, role in self.dispatches:
            if self.driver.flow.dispatches[dispatch_id].status != "return_requested":
                continue
            decided = sample_events.returned(self.one_of("accepted", "refused"), dispatch_id, unit)
            self.apply(decided.model_copy(update={"role": role}) if hasattr(decided, "role") else decided)

    def withdraw(self, _: int) -> None:
        for dispatch_id, unit, role in self.one_open_dispatch():
            self.apply(
                handling.CoUnitReleased(dispatch_id=dispatch_id, unit_id=unit, note="", released_by=DESK)
                if role == "co"
                else DispatchWithdrawn(dispatch_id=dispatch_id, unit_id=unit, reason="by_hand")
            )

    def request_more_time(self, number: int) -> None:
        for dispatch_id, unit, _role in self.one_open_dispatch():
            fields = {"dispatch_id": dispatch_id, "unit_id": unit, "note": "备料", "requested_by": DESK}
            until = self.driver.now + timedelta(days=3)
            self.apply(
                self.one_of(
                    handling.ExtensionRequested.model_validate(fields),
                    handling.SuspensionRequested.model_validate({**fields, "until": until}),
                )
            )
            self.one_of(self.decide_requests, self.sign)(number)

    def urge(self, _: int) -> None:
        self.driver.run(case_actions.urge, None, "请抓紧", person("dispatcher", "desk"))

    def issue_order(self, _: int) -> None:
        who = self.one_of(person("leader"), person("dispatcher", "desk"))
        self.driver.run(case_actions.issue_order, None, "important", "限期", who)

    def answer_task(self, kind: str, *people: Any) -> None:
        if any(task.kind == kind and task.waiting for task in self.driver.state.tasks.values()):
            self.driver.answer(
                self.one_of(*people), passed=self.one_of(True, True, False), kind=kind, **photo_for(kind)
            )

    def recheck(self, _: int) -> None:
        if not any(task.kind == "recheck" and task.waiting for task in self.driver.state.tasks.values()):
            return
        task = self.driver.task("recheck")[1]
        if task.queue == "officer":
            who = self.one_of("bo", "cai")
            if task.officer_id is None:
                self.assign_recheck(who)
                self.wait()
            self.answer_task("recheck", in_the_field(self.driver.task("recheck")[1].officer_id or who))
        else:
            self.wait()
            self.answer_task("recheck", person("hotline", "caller"))

    def assign_recheck(self, officer_id: str) -> None:
        """Assign the recheck, either automatically or by a shift lead."""
        if self.chance.random() < 0.5:
            self.driver.assign(officer_id)
        else:
            task_id = self.driver.task("recheck")[0]
            self.driver.run(task_actions.assign, task_id, officer_id, person("shift_lead", "sender"))

    def decide_requests(self, _: int) -> None:
        for kind in ("extension", "suspension", "review"):
            self.answer_task(kind, person("leader" if kind == "review" else "dispatcher", f"the {kind}"))

    def answer_attention(self, _: int) -> None:
        for task in self.driver.state.tasks.values():
            if task.kind == "attention" and task.waiting:
                self.answer_task("attention", person(task.queue, f"the {task.queue}"))
                return

    def close(self, _: int) -> None:
        if self.chance.random() < 0.3:
            self.driver.run(case_actions.force_close, "强制", person("leader"))
        else:
            self.driver.run(case_actions.close, "已办", person("shift_lead", "closer"))

    def reopen(self, _: int) -> None:
        if self.chance.random() < 0.3:
            self.driver.run(case_actions.reopen, "未清", person("shift_lead"))

    def give_feedback(self, _: int) -> None:
        answer = feedback.FeedbackAnswer(
            solved=self.one_of(True, False), satisfied=self.one_of(None, "satisfied", "fair", "dissatisfied")
        )
        self.driver.run(
            case_actions.give_feedback, self.one_of(REPORT, SECOND_REPORT), answer, person("hotline", "caller")
        )

    def record_failed_call(self, _: int) -> None:
        self.driver.run(case_actions.record_failed_call, REPORT, "no_answer", "", person("hotline", "caller"))

    def appeal(self, _: int) -> None:
        """Lodge an appeal against one or all of the figures that count against a random subject, and decide it."""
        case = self.driver.case()
        subjects = {Subject(*text.split("/")[:2]) for text in case.state.scores.facts}  # type: ignore[arg-type]
        appealable = {each: found for each in sorted(subjects) if (found := appeals.appealable_figures(case, each))}
        if appealable:
            who = self.chance.choice(list(appealable))
            wanted = self.one_of((), (self.chance.choice(appealable[who]),))
            self.driver.run(appeals.lodge, who, wanted, "请免计", person("leader"))
            self.driver.answer(person("assessor"), passed=self.one_of(True, True, False), kind="appeal")


def photo_for(kind: str) -> dict[str, Any]:
    return {"photos": (Photo(sha256="0" * 64, role="after"),)} if kind == "recheck" else {}
