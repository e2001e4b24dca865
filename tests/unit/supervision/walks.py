"""Random lives of a case: whatever may happen to it, in any order and at any time, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
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
from services.chassis.problems import Problem
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.policies import feedback
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, DESK, HOME, REPORT, SECOND_REPORT, at, in_the_field, person

SYSTEM = Actor(kind="system", id="system")
ANN = Actor(kind="account", id="account-ann", role="officer", officer_id="ann")
OTHER = Actor(kind="account", id="other", role="intake_clerk")
ELSEWHERE = "370522002001001"
UNITS = ("sanitation", "housing", "water", "property")
QUICK, SLOW = (0, 0, 2, 5, 10, 20), (5, 30, 90, 300, 1440, 4000, 9000)
"""Minutes between two things that happen: in every other life everybody is quick."""


class Walk:
    """One case, `steps` things that may happen to it, and time between them."""

    def __init__(self, seed: int, steps: int = 55) -> None:
        self.chance = Random(seed)
        self.pauses = SLOW if seed % 2 else QUICK
        self.life = Life(town.town(), recount=False)
        self.dispatches: list[tuple[UUID, str, str]] = []
        self.tasks: list[UUID] = []
        self._begin()
        for number in range(steps):
            self._wait()
            act = self._field if self.chance.random() < 0.3 else self._next
            try:
                self.chance.choice(act())(number)
            except Problem:
                continue  # refused: nothing has happened

    # What there is to choose from.

    def _next(self) -> list[Callable[[int], None]]:
        """What takes the case on from where it is."""
        flow = self.life.flow
        if self.life.state.ended and not flow.closed:
            return [self._attach, self._appeal]
        if flow.settlement == "waiting" and not flow.filed:
            return [self._settle, self._verify]
        if flow.settlement == "approved" and not flow.filed and self._sampled():
            return [self._recheck]
        if not flow.filed and not flow.closed and self.tasks:
            return [self._answer_verification] * 3 + [self._file]
        if not flow.filed and not flow.closed:
            return [self._verify, self._await_filing, self._await_filing, self._file, self._file, self._end_early]
        if not flow.closed and (not self.dispatches or flow.lead is None):
            return [self._dispatch] * 6 + [self._call_county, self._send_back]
        if flow.handled_round >= flow.rework_round and not flow.closed:
            return [self._recheck] * 5 + [self._close] * 2
        if not flow.closed:
            returning = any(each.status == "return_requested" for each in flow.dispatches.values())
            if returning:
                return [self._decide_return]
            return [
                self._complete,
                self._complete,
                self._give_back,
                self._request,
                self._sign,
                self._progress,
                self._request,
                self._decide,
                self._contact,
            ]
        return [self._say, self._say, self._say, self._say, self._call_back, self._reopen, self._appeal, self._appeal]

    def _sampled(self) -> bool:
        return any(task.sample and task.waiting for task in self.life.state.tasks.values())

    def _field(self) -> list[Callable[[int], None]]:
        """What may happen any time, but of the work only while it goes on."""
        work = [self._dispatch, self._sign, self._urge, self._command, self._decide, self._withdraw, self._correct]
        work = [] if self.life.state.ended else work
        return [
            *work,
            self._contact,
            self._attach,
            self._void,
            self._storm,
            self._repeat,
            self._appeal,
            self._join,
            self._attend,
        ]

    def _wait(self) -> None:
        self.life.until(self.life.now + timedelta(minutes=self.chance.choice(self.pauses), seconds=1))

    def _hear(self, *events: Event) -> None:
        self.life.hear(*events, at=self.life.now)

    def _one_of(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def _begin(self) -> None:
        when = at("03-11 09:00") + timedelta(hours=self.chance.randrange(48))
        settlement = self._one_of(None, Settlement(outcome="settled_on_the_spot", what_was_done="已清理"))
        by = ANN if settlement else self._one_of(ANN, DESK, DESK)
        channel = self._one_of("grid_terminal", "hotline", "resident", "camera", "department")
        report = town.received(
            when,
            reported_by=by,
            settlement=settlement,
            reporter_ref=self._one_of(None, SECOND_REPORT),
            channel=channel,
            split_from=None if settlement else self._one_of(None, None, SECOND_REPORT),
            place=self._one_of(None, {"grid_code": HOME}, {"grid_code": HOME}),
        )
        self.life.hear(report, at=when)

    # Acceptance.

    def _verify(self, number: int) -> None:
        task, officer = uuid5(CASE, f"task {number}"), self._one_of("ann", "bo", None)
        mode = "site" if officer else "phone"
        due_at = self.life.now + timedelta(minutes=30)
        self.tasks.append(task)
        self._hear(
            acceptance.VerificationRequested(
                task_id=task,
                mode=mode,
                grid_code=HOME,
                officer_id=officer,
                due_at=due_at,
                requested_by=self._one_of(None, DESK),
            )
        )

    def _answer_verification(self, _: int) -> None:
        if self.tasks:
            officer = self._one_of("ann", "bo", None)
            by = Actor(kind="account", id=f"account-{officer}", role="officer", officer_id=officer) if officer else DESK
            self._hear(
                acceptance.VerificationRecorded(
                    task_id=self.tasks.pop(), result="confirmed", officer_id=officer, recorded_by=by
                )
            )

    def _await_filing(self, _: int) -> None:
        due_at = self.life.now + timedelta(minutes=15)
        self._hear(acceptance.FilingAwaited(missing=("condition",), due_at=due_at))

    def _file(self, _: int) -> None:
        if self.life.state.ended:
            return
        reporter = "ann" if "officer/ann/reported" in " ".join(self.life.state.scores.facts) else None
        steps = self._one_of(("1 work_day",), ("30 urgent_minute", "4 urgent_hour"))
        self._hear(
            town.filed(
                self.life.now,
                steps,
                emergency=len(steps) > 1,
                reporter_officer_id=reporter,
                discoverable_on_patrol=True,
                filed_by=self._one_of(DESK, DESK, SYSTEM),
                recheck_mode=self._one_of("site", "callback"),
            )
        )

    def _send_back(self, number: int) -> None:
        self._hear(CaseSentBack(round=number, reason="wrong_place", note="在桥东", decided_by=DESK))
        self._await_filing(number)

    def _correct(self, _: int) -> None:
        if self.life.flow.filed:
            place = self._one_of(HOME, ELSEWHERE)
            told = dict(town.filed(self.life.now, place=Place(grid_code=place), community=place[:12]))
            by = self._one_of(DESK, OTHER)
            self._hear(acceptance.CaseCorrected.model_validate({**told, "note": "", "corrected_by": by}))

    def _end_early(self, _: int) -> None:
        self._hear(
            self._one_of(
                acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK),
                acceptance.CaseWithdrawn(withdrawn_by=DESK),
                acceptance.CaseAnswered(answer="已知悉", answered_by=DESK),
            )
        )

    def _settle(self, _: int) -> None:
        if self.life.flow.settlement == "waiting":
            self._hear(
                acceptance.SettlementRecorded(
                    approved=self._one_of(True, True, False),
                    sampled=self._one_of(True, False),
                    grid_code=HOME,
                    officer_id="ann",
                    decided_by=DESK,
                )
            )

    def _attach(self, _: int) -> None:
        host = {"host_case_id": uuid4(), "decided_by": DESK}
        if self.life.flow.attached_to:
            self._hear(acceptance.CaseDetached.model_validate({**host, "host_case_id": self.life.flow.attached_to}))
        elif not self.life.state.ended:
            rule = self._one_of("merged", "near_in_place_and_time", "polygon")
            self._hear(acceptance.CaseAttached.model_validate({**host, "host_case_number": "LJ-1", "rule": rule}))
            self.life.now += timedelta(seconds=1)
            for order, unit, _role in self._open():
                self._hear(DispatchWithdrawn(dispatch_id=order, unit_id=unit, reason="merged"))

    def _void(self, _: int) -> None:
        if self.life.flow.filed and self.chance.random() < 0.15:
            self._hear(acceptance.CaseVoided(note="误立", decided_by=DESK))

    def _storm(self, _: int) -> None:
        if self.chance.random() < 0.3:
            self._hear(
                StormDeclared(
                    storm_id=uuid4(),
                    name="暴雨",
                    category_ids=("x",),
                    polygon=((0, 0), (1, 0), (1, 1), (0, 0)),
                    starts_at=self.life.now,
                    ends_at=self.life.now,
                    declared_by=DESK,
                )
            )

    def _repeat(self, _: int) -> None:
        self._hear(acceptance.CaseLinked(relation="recurrence", other_case_id=uuid4(), other_case_number="LJ-1"))

    def _join(self, _: int) -> None:
        self._hear(
            acceptance.ReportJoined(
                report_id=SECOND_REPORT,
                attached_case_id=uuid4(),
                attached_case_number="LJ-2",
                channel="resident",
                feedback_wanted=True,
                reported_at=self.life.now,
                reporter_officer_id=self._one_of(None, "ann", "bo"),
            )
        )

    def _contact(self, _: int) -> None:
        said = {"report_id": REPORT, "means": "phone", "reached": self._one_of(True, False), "contacted_by": DESK}
        self._hear(reporters.ReporterContacted.model_validate(said))

    # Command and handling.

    def _dispatch(self, number: int) -> None:
        if not self.life.flow.filed or self.life.state.ended or len(self.dispatches) > 5:
            return
        order, unit = uuid5(CASE, f"order {number}"), self._one_of(*UNITS)
        role = self._one_of("lead", "co", "first_response") if self.dispatches and self.life.flow.lead else "lead"
        handover = HandoverTarget(agency="119", mode="joint") if self.chance.random() < 0.1 else None
        steps = ("30 urgent_minute", "4 urgent_hour") if self.life.flow.emergency else ("1 work_day",)
        self.dispatches.append((order, unit, role))
        self._hear(
            town.routed(number, by=self._one_of(DESK, SYSTEM)),
            town.dispatched(
                self.life.now,
                steps,
                dispatch_id=order,
                unit_id=unit,
                role=role,
                handover=handover,
                coordinated=unit == "property",
            ),
        )

    def _call_county(self, number: int) -> None:
        self._hear(town.needed(number, self.life.now))

    def _open(self) -> list[tuple[UUID, str, str]]:
        """Orders in which something is left to do: of those to lead, the last."""
        former = [each for each in self.dispatches if each[2] == "lead"][:-1]
        return [each for each in self.dispatches if self.life.flow.dispatches[each[0]].open and each not in former]

    def _order(self) -> list[tuple[UUID, str, str]]:
        """One of them, if there is any."""
        return self.chance.sample(found, 1) if (found := self._open()) else []

    def _sign(self, _: int) -> None:
        for order, unit, _role in self._order():
            self._hear(town.signed(order, unit), *self._one_of((), (town.progressed(order, unit),)))

    def _progress(self, _: int) -> None:
        for order, unit, _role in self._order():
            self._hear(town.progressed(order, unit))

    def _complete(self, _: int) -> None:
        leads = [each for each in self._open() if each[2] == "lead"]
        for order, unit, role in leads[-1:] or self._order():
            own = self.life.flow.dispatches[order].rework_round
            self._hear(town.completed(dispatch_id=order, unit_id=unit, round_=own))
            if role == "lead":
                self._hear(town.all_completed(round_=self.life.flow.rework_round))

    def _give_back(self, _: int) -> None:
        for order, unit, _role in self._order():
            self._hear(town.returned("requested", order, unit))

    def _decide_return(self, _: int) -> None:
        for order, unit, role in self.dispatches:
            if self.life.flow.dispatches[order].status != "return_requested":
                continue
            decided = town.returned(self._one_of("accepted", "refused"), order, unit)
            self._hear(decided.model_copy(update={"role": role}) if hasattr(decided, "role") else decided)

    def _withdraw(self, _: int) -> None:
        for order, unit, role in self._order():
            self._hear(
                handling.CoUnitReleased(dispatch_id=order, unit_id=unit, note="", released_by=DESK)
                if role == "co"
                else DispatchWithdrawn(dispatch_id=order, unit_id=unit, reason="by_hand")
            )

    def _request(self, number: int) -> None:
        for order, unit, _role in self._order():
            said = {"dispatch_id": order, "unit_id": unit, "note": "备料", "requested_by": DESK}
            until = self.life.now + timedelta(days=3)
            self._hear(
                self._one_of(
                    handling.ExtensionRequested.model_validate(said),
                    handling.SuspensionRequested.model_validate({**said, "until": until}),
                )
            )
            self._one_of(self._decide, self._sign)(number)

    # Supervision.

    def _urge(self, _: int) -> None:
        self.life.act(case_actions.urge, None, "请抓紧", person("dispatcher", "desk"))

    def _command(self, _: int) -> None:
        who = self._one_of(person("leader"), person("dispatcher", "desk"))
        self.life.act(case_actions.issue_order, None, "important", "限期", who)

    def _answer(self, kind: str, *people: Any) -> None:
        if any(task.kind == kind and task.waiting for task in self.life.state.tasks.values()):
            self.life.answer(self._one_of(*people), passed=self._one_of(True, True, False), kind=kind, **_photo(kind))

    def _recheck(self, _: int) -> None:
        if not any(task.kind == "recheck" and task.waiting for task in self.life.state.tasks.values()):
            return
        task = self.life.task("recheck")[1]
        if task.queue == "officer":
            who = self._one_of("bo", "cai")
            if task.officer_id is None:
                self._send(who)
                self._wait()
            self._answer("recheck", in_the_field(self.life.task("recheck")[1].officer_id or who))
        else:
            self._wait()
            self._answer("recheck", person("hotline", "caller"))

    def _send(self, officer_id: str) -> None:
        """The system, or somebody."""
        if self.chance.random() < 0.5:
            self.life.assign(officer_id)
        else:
            task_id = self.life.task("recheck")[0]
            self.life.act(task_actions.assign, task_id, officer_id, person("shift_lead", "sender"))

    def _decide(self, _: int) -> None:
        for kind in ("extension", "suspension", "review"):
            self._answer(kind, person("leader" if kind == "review" else "dispatcher", f"the {kind}"))

    def _attend(self, _: int) -> None:
        for task in self.life.state.tasks.values():
            if task.kind == "attention" and task.waiting:
                self._answer("attention", person(task.queue, f"the {task.queue}"))
                return

    def _close(self, _: int) -> None:
        if self.chance.random() < 0.3:
            self.life.act(case_actions.force_close, "强制", person("leader"))
        else:
            self.life.act(case_actions.close, "已办", person("shift_lead", "closer"))

    def _reopen(self, _: int) -> None:
        if self.chance.random() < 0.3:
            self.life.act(case_actions.reopen, "未清", person("shift_lead"))

    # Evaluation.

    def _say(self, _: int) -> None:
        voice = feedback.FeedbackAnswer(
            solved=self._one_of(True, False), satisfied=self._one_of(None, "satisfied", "fair", "dissatisfied")
        )
        self.life.act(
            case_actions.give_feedback, self._one_of(REPORT, SECOND_REPORT), voice, person("hotline", "caller")
        )

    def _call_back(self, _: int) -> None:
        self.life.act(case_actions.record_failed_call, REPORT, "no_answer", "", person("hotline", "caller"))

    def _appeal(self, _: int) -> None:
        """Somebody appeals against something that counts against them, or against all of it."""
        case = self.life.case()
        subjects = {Subject(*text.split("/")[:2]) for text in case.state.scores.facts}  # type: ignore[arg-type]
        against = {each: found for each in sorted(subjects) if (found := appeals.appealable_figures(case, each))}
        if against:
            who = self.chance.choice(list(against))
            wanted = self._one_of((), (self.chance.choice(against[who]),))
            self.life.act(appeals.lodge, who, wanted, "请免计", person("leader"))
            self.life.answer(person("assessor"), passed=self._one_of(True, True, False), kind="appeal")


def _photo(kind: str) -> dict[str, Any]:
    return {"photos": (Photo(sha256="0" * 64, role="after"),)} if kind == "recheck" else {}
