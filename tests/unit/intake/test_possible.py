"""What intake offers a caller: nothing that it refuses, and all that it would let them do, in whatever state."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, get_args
from uuid import UUID, uuid5

from contracts.common import Photo
from services.chassis.auth import Caller, is_centre_staff, is_not_channel
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed, is_allowed
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import desk, filing, reporters, splitting, upstream, verification, verifiers
from services.intake.domain.case import Action, IntakeCase, IntakeCases, is_in_area
from services.intake.domain.duplicates import Verdict
from services.intake.domain.possible_actions import CLERKS, LEADS, Viewer, possible_actions
from services.intake.domain.receiving import ReportIds
from services.intake.domain.triage import is_emergency, triage
from tests.unit.intake.kit import (
    ADVICE,
    BEFORE_AFTER,
    CLERK,
    GAS,
    LAMP,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SECRET,
    SHIFT_LEAD,
    case_at,
    lijin,
    report,
)

PLATFORM = Caller(kind="key", id="channel-upstream", channels=frozenset({"upstream"}))
SECRETLY = dataclasses.replace(CLERK, channels=frozenset({"hotline"}))
REPORTS: tuple[tuple[Caller, dict[str, Any]], ...] = (
    (OFFICER, {"condition_id": "06010-1"}),
    (OFFICER, {"condition_id": "06010-1", "photos": BEFORE_AFTER, "settlement": {"what_was_done": "已清理"}}),
    (RESIDENT, {"condition_id": "06010-1"}),
    (RESIDENT, {"category_id": None}),
    (RESIDENT, {"category_id": "LOCAL-370522/matter/12003"}),
    (CLERK, {"channel": "hotline", "category_id": ADVICE, "request_type": "inquiry"}),
    (CLERK, {"channel": "camera"}),
    (SECRETLY, {"category_id": SECRET, "photos": []}),
    (OFFICER, {"category_id": GAS}),
    (PLATFORM, {"condition_id": "06010-1", "external": {"channel_number": "12345", "number": "DY-1"}}),
    (PLATFORM, {"photos": [], "external": {"channel_number": "12345", "number": "DY-2"}}),
)
ELSEWHERE = ("370522002",)
CENTRE = ("intake_clerk", "shift_lead", "hotline", "dispatcher", "leader")


def one(role: str, **more: Any) -> Caller:
    return Caller(kind="account", id=f"a {role}", roles=frozenset({role}), **more)


CALLERS = (
    OFFICER,
    CLERK,
    SHIFT_LEAD,
    PLATFORM,
    *(one(role, **more) for role in CENTRE for more in ({}, {"areas": ELSEWHERE}, {"unit_id": "sanitation"})),
    *(one("officer", officer_id=f"officer-{each}") for each in ("jincheng-04", "jinyuan-01")),
    Caller(kind="key", id="another", roles=frozenset({"intake_clerk"}), channels=frozenset({"upstream"})),
)

PROOF = (Photo(sha256="c" * 64, role="near"), Photo(sha256="d" * 64, role="far"), Photo(sha256="e" * 64, role="after"))


def district(**changes: Any) -> RegistrySnapshot:
    settings = lijin().settings.model_copy(update=changes)
    return RegistrySnapshot.from_records(1, {**lijin().records, "district": {settings.id: settings}})


DISTRICTS = (
    district(return_filed_upstream=True),
    district(filing_roles=("shift_lead",), return_filed_upstream=True),
)


class World:
    """One case, and another of the same world."""

    def __init__(self, chance: Random) -> None:
        self.district = chance.choice(DISTRICTS)
        caller, fields = chance.choice(REPORTS)
        self.cases = {case.id: case for case in (self._report(caller, fields), self._report(OFFICER, {}))}
        self.case, self.other = self.cases
        if chance.random() < 0.15 and not self.cases[self.case].state.received_report.confidential:
            child = case_at(NOON, district=self.district)
            origin, part = self.cases[self.case], splitting.Part(description="路灯也不亮", note="另一件")
            self.cases[child.id] = child
            if is_allowed(splitting.split, self.cases, origin, part, child.id, ReportIds(8, None), CLERK.actor()):
                triage({child.id: child}, child, Verdict(), {})
                self.case = child.id

    def _report(self, caller: Caller, fields: dict[str, Any]) -> Case[IntakeCase]:
        case = report(caller, district=self.district, **fields)
        triage({case.id: case}, case, Verdict(), {})
        return case

    def copied(self) -> IntakeCases:
        """The cases as a transaction reads them."""
        return {
            key: case_at(NOON, IntakeCase.load(each.state.model_dump_json(exclude_defaults=True)), key, self.district)
            for key, each in self.cases.items()
        }


Act = Callable[[IntakeCases, UUID, UUID, Caller], None]


def acts(action: Action, world: World) -> Iterator[Act]:
    """The command with arguments that suit, as far as one can know."""
    state, district = world.cases[world.case].state, world.district
    known = district.conditions_of(state.category_id or "")
    conditions = [each for each in known if each.id == state.condition_id] or list(known)
    secret = district.is_confidential(state.category_id)
    others = [district.conditions_of(each)[0] for each in ([SECRET] if secret else [LITTER, LAMP])]
    place = state.place or report().state.place
    if action == "file":
        for each in conditions or others[:1]:
            yield lambda on, key, _, who, each=each: desk.file(on[key], each, place, None, who, {})
    elif action == "correct":
        for each in (*others, *conditions):
            yield lambda on, key, _, who, each=each: desk.correct(on[key], each, place, None, "误", who, moved=secret)
    elif action == "answer_task" and state.task is not None:
        task_id = state.task.task_id
        yield lambda on, key, _, who: verification.record_answer(
            on[key], task_id, "confirmed", who, note="看过", photos=PROOF, place=place, open_tasks={}
        )
    elif action in _ACTS:
        yield _ACTS[action]


def _split(on: IntakeCases, key: UUID, _: UUID, who: Caller) -> None:
    child = case_at(NOON, case_id=uuid5(key, "part"), district=on[key].district)
    part = splitting.Part(description="路灯也不亮", note="另一件")
    splitting.split({**on, child.id: child}, on[key], part, child.id, ReportIds(8, None), who.actor())


_ACTS: dict[Action, Act] = {
    "not_file": lambda on, key, _, who: filing.not_file(on[key], "not_ours", "", who.actor()),
    "void": lambda on, key, _, who: filing.void(on[key], "误立", who.actor()),
    "withdraw": lambda on, key, _, who: desk.withdraw(on, on[key], "", who.actor(), {}),
    "answer": lambda on, key, _, who: desk.answer(on[key], None, "已知悉", who.actor()),
    "attach": lambda on, key, other, who: desk.attach(on, on[key], other, who.actor()),
    "detach": lambda on, key, _, who: desk.detach(on, on[key], "", who, {}),
    "settlement": lambda on, key, _, who: desk.decide_settlement(on[key], True, "", who.actor()),
    "link": lambda on, key, other, who: desk.link(on, on[key], "related", other, {}),
    "split": _split,
    "unsplit": lambda on, key, _, who: splitting.undo_split(on, on[key], "", who.actor()),
    "verify": lambda on, key, _, who: desk.verify(on[key], "phone", "", who.actor(), {}),
    "return_upstream": lambda on, key, _, who: upstream.send_back(on[key], "not_ours", "不归我们", who.actor()),
    "decide_return": lambda on, key, _, who: upstream.record_decision(on[key], True, "", who.actor()),
}


def enter(action: Action, case: Case[IntakeCase], who: Caller) -> None:
    """What the API asks before the command. Raises a `Problem`."""
    if action == "answer_task":
        wanted = who.has(*verifiers.VERIFIER_ROLES) and is_not_channel(who)
    elif action == "withdraw" and reporters.is_sender_or_desk(case.state, who):
        wanted = True
    elif action == "decide_return":
        upstream.require_decider(case, who)
        wanted = is_in_area(case.state, who)
    else:
        posts = LEADS if action in ("void", "return_upstream") else CLERKS
        wanted = who.has(*posts) and is_centre_staff(who) and is_in_area(case.state, who)
    if not wanted:
        raise NotAllowed


def attempt(world: World, action: Action, act: Act, who: Caller) -> str:
    """Empty where it is refused; `done` where it changed something. Nothing is kept of it."""
    if not is_allowed(enter, action, world.cases[world.case], who):
        return ""
    cases = world.copied()
    case = cases[world.case]
    before = case.state.model_dump_json()
    if not is_allowed(act, cases, world.case, world.other, who):
        return ""
    return "done" if any(each.emitted for each in cases.values()) or case.state.model_dump_json() != before else "same"


def look(world: World, seen: Counter[str]) -> None:
    state = world.cases[world.case].state
    for who in (*CALLERS, Caller(kind="resident", id="r", case_id=str(world.case), report_id=str(world.case))):
        offered = possible_actions(state, Viewer(who, NOON, world.district))
        seen.update(offered)
        for action in get_args(Action):
            came_of_it = [attempt(world, action, act, who) for act in acts(action, world)]
            if action in offered:
                assert any(came_of_it), (action, who, state.status, "is offered and refused")
            elif action != "link":  # which any state lets through
                assert "done" not in came_of_it, (action, who, state.status, "is not offered and could be done")


def test_whatever_is_offered_is_let_through_and_whatever_is_let_through_is_offered() -> None:
    seen = Counter[str]()
    for seed in range(24):
        chance = Random(seed)
        world = World(chance)
        look(world, seen)
        for action in chance.choices(get_args(Action), k=5):
            for act in acts(action, world):
                cases = world.copied()
                if is_allowed(act, cases, world.case, world.other, SHIFT_LEAD):
                    world.cases = cases
                    look(world, seen)
                    break
    assert seen.keys() == set(get_args(Action)), set(get_args(Action)) - seen.keys()


def test_a_clerk_without_the_post_of_filing_is_offered_neither_filing_nor_correcting_but_in_an_emergency() -> None:
    for category, offered in ((LITTER, False), (GAS, True)):
        case = report(OFFICER, category_id=category, photos=[], district=DISTRICTS[1])
        triage({case.id: case}, case, Verdict(), {})
        assert is_emergency(case.state, case.district) is offered
        for who in (CLERK, SHIFT_LEAD):
            can = {"file", "correct"} & set(possible_actions(case.state, Viewer(who, NOON, case.district)))
            assert bool(can) is (offered or who is SHIFT_LEAD)
