"""The actions offered to a caller are exactly those that intake would accept, in any state."""

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
from tests.unit.intake.sample_cases import BEFORE_AFTER, case_at, reported_case
from tests.unit.intake.sample_district import (
    ADVICE,
    CLERK,
    GAS,
    LAMP,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SECRET,
    SHIFT_LEAD,
    lijin,
)

PLATFORM = Caller(kind="key", id="channel-upstream", channels=frozenset({"upstream"}))
HOTLINE_CLERK = dataclasses.replace(CLERK, channels=frozenset({"hotline"}))
REPORTS: tuple[tuple[Caller, dict[str, Any]], ...] = (
    (OFFICER, {"condition_id": "06010-1"}),
    (OFFICER, {"condition_id": "06010-1", "photos": BEFORE_AFTER, "settlement": {"what_was_done": "已清理"}}),
    (RESIDENT, {"condition_id": "06010-1"}),
    (RESIDENT, {"category_id": None}),
    (RESIDENT, {"category_id": "LOCAL-370522/matter/12003"}),
    (CLERK, {"channel": "hotline", "category_id": ADVICE, "request_type": "inquiry"}),
    (CLERK, {"channel": "camera"}),
    (HOTLINE_CLERK, {"category_id": SECRET, "photos": []}),
    (OFFICER, {"category_id": GAS}),
    (PLATFORM, {"condition_id": "06010-1", "external": {"channel_number": "12345", "number": "DY-1"}}),
    (PLATFORM, {"photos": [], "external": {"channel_number": "12345", "number": "DY-2"}}),
)
ELSEWHERE = ("370522002",)
CENTRE = ("intake_clerk", "shift_lead", "hotline", "dispatcher", "leader")


def caller_with_role(role: str, **more: Any) -> Caller:
    return Caller(kind="account", id=f"a {role}", roles=frozenset({role}), **more)


CALLERS = (
    OFFICER,
    CLERK,
    SHIFT_LEAD,
    PLATFORM,
    *(
        caller_with_role(role, **more)
        for role in CENTRE
        for more in ({}, {"areas": ELSEWHERE}, {"unit_id": "sanitation"})
    ),
    *(caller_with_role("officer", officer_id=f"officer-{each}") for each in ("jincheng-04", "jinyuan-01")),
    Caller(kind="key", id="another", roles=frozenset({"intake_clerk"}), channels=frozenset({"upstream"})),
)

VERIFICATION_PHOTOS = (
    Photo(sha256="c" * 64, role="near"),
    Photo(sha256="d" * 64, role="far"),
    Photo(sha256="e" * 64, role="after"),
)


def district(**changes: Any) -> RegistrySnapshot:
    settings = lijin().settings.model_copy(update=changes)
    return RegistrySnapshot.from_records(1, {**lijin().records, "district": {settings.id: settings}})


DISTRICTS = (
    district(return_filed_upstream=True),
    district(filing_roles=("shift_lead",), return_filed_upstream=True),
)


class TwoCases:
    """A case under test and another case in the same district."""

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
        case = reported_case(caller, district=self.district, **fields)
        triage({case.id: case}, case, Verdict(), {})
        return case

    def copied_cases(self) -> IntakeCases:
        """Return copies of the cases, as a transaction loads them."""
        return {
            key: case_at(NOON, IntakeCase.load(each.state.model_dump_json(exclude_defaults=True)), key, self.district)
            for key, each in self.cases.items()
        }


Command = Callable[[IntakeCases, UUID, UUID, Caller], None]


def commands_for(action: Action, cases_under_test: TwoCases) -> Iterator[Command]:
    """Yield the commands of the action with suitable arguments."""
    state, district = cases_under_test.cases[cases_under_test.case].state, cases_under_test.district
    known = district.conditions_of(state.category_id or "")
    conditions = [each for each in known if each.id == state.condition_id] or list(known)
    secret = district.is_confidential(state.category_id)
    others = [district.conditions_of(each)[0] for each in ([SECRET] if secret else [LITTER, LAMP])]
    place = state.place or reported_case().state.place
    if action == "file":
        for each in conditions or others[:1]:
            yield lambda on, key, _, who, each=each: desk.file(on[key], each, place, None, who, {})
    elif action == "correct":
        for each in (*others, *conditions):
            yield lambda on, key, _, who, each=each: desk.correct(on[key], each, place, None, "误", who, moved=secret)
    elif action == "answer_task" and state.task is not None:
        task_id = state.task.task_id
        yield lambda on, key, _, who: verification.record_answer(
            on[key], task_id, "confirmed", who, note="看过", photos=VERIFICATION_PHOTOS, place=place, open_tasks={}
        )
    elif action in _COMMANDS:
        yield _COMMANDS[action]


def _split(on: IntakeCases, key: UUID, _: UUID, who: Caller) -> None:
    child = case_at(NOON, case_id=uuid5(key, "part"), district=on[key].district)
    part = splitting.Part(description="路灯也不亮", note="另一件")
    splitting.split({**on, child.id: child}, on[key], part, child.id, ReportIds(8, None), who.actor())


_COMMANDS: dict[Action, Command] = {
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


def check_role(action: Action, case: Case[IntakeCase], who: Caller) -> None:
    """Check the caller as the API does before the command. Raises a `Problem`."""
    if action == "answer_task":
        allowed = who.has(*verifiers.VERIFIER_ROLES) and is_not_channel(who)
    elif action == "withdraw" and reporters.is_sender_or_desk(case.state, who):
        allowed = True
    elif action == "decide_return":
        upstream.require_decider(case, who)
        allowed = is_in_area(case.state, who)
    else:
        posts = LEADS if action in ("void", "return_upstream") else CLERKS
        allowed = who.has(*posts) and is_centre_staff(who) and is_in_area(case.state, who)
    if not allowed:
        raise NotAllowed


def attempt_result(cases_under_test: TwoCases, action: Action, command: Command, who: Caller) -> str:
    """Return the result of an attempt: empty if refused, `done` if it changed something. Nothing is kept."""
    if not is_allowed(check_role, action, cases_under_test.cases[cases_under_test.case], who):
        return ""
    cases = cases_under_test.copied_cases()
    case = cases[cases_under_test.case]
    before = case.state.model_dump_json()
    if not is_allowed(command, cases, cases_under_test.case, cases_under_test.other, who):
        return ""
    return "done" if any(each.emitted for each in cases.values()) or case.state.model_dump_json() != before else "same"


def compare_offers(cases_under_test: TwoCases, seen: Counter[str]) -> None:
    state = cases_under_test.cases[cases_under_test.case].state
    for who in (
        *CALLERS,
        Caller(kind="resident", id="r", case_id=str(cases_under_test.case), report_id=str(cases_under_test.case)),
    ):
        offered = possible_actions(state, Viewer(who, NOON, cases_under_test.district))
        seen.update(offered)
        for action in get_args(Action):
            results = [
                attempt_result(cases_under_test, action, command, who)
                for command in commands_for(action, cases_under_test)
            ]
            if action in offered:
                assert any(results), (action, who, state.status, "offered but refused")
            elif action != "link":  # accepted in any state
                assert "done" not in results, (action, who, state.status, "accepted but not offered")


def test_offered_actions_are_exactly_the_accepted_ones() -> None:
    seen = Counter[str]()
    for seed in range(24):
        chance = Random(seed)
        cases_under_test = TwoCases(chance)
        compare_offers(cases_under_test, seen)
        for action in chance.choices(get_args(Action), k=5):
            for command in commands_for(action, cases_under_test):
                cases = cases_under_test.copied_cases()
                if is_allowed(command, cases, cases_under_test.case, cases_under_test.other, SHIFT_LEAD):
                    cases_under_test.cases = cases
                    compare_offers(cases_under_test, seen)
                    break
    assert seen.keys() == set(get_args(Action)), set(get_args(Action)) - seen.keys()


def test_a_clerk_without_the_filing_role_is_offered_filing_only_in_an_emergency() -> None:
    for category, offered in ((LITTER, False), (GAS, True)):
        case = reported_case(OFFICER, category_id=category, photos=[], district=DISTRICTS[1])
        triage({case.id: case}, case, Verdict(), {})
        assert is_emergency(case.state, case.district) is offered
        for who in (CLERK, SHIFT_LEAD):
            can = {"file", "correct"} & set(possible_actions(case.state, Viewer(who, NOON, case.district)))
            assert bool(can) is (offered or who is SHIFT_LEAD)
