"""What a caller could do with a case at intake now, by the guards of the commands themselves."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from services.chassis.auth import Caller, centre_people
from services.chassis.cases import Case
from services.chassis.problems import NotPossibleNow
from services.chassis.registry_snapshot import District
from services.intake.domain import desk, reporters, upstream, verifiers
from services.intake.domain.case import Action, IntakeCase
from services.intake.domain.problems import NotAnswerable

CLERKS = ("intake_clerk", "shift_lead")
"""Who decides about reports at the desk."""

LEADS = ("shift_lead",)

_SHIFT_LEAD_ACTIONS: frozenset[Action] = frozenset({"void", "return_upstream"})
"""What the shift lead alone decides."""

_NOT_IF_CONFIDENTIAL: frozenset[Action] = frozenset({"verify", "split", "unsplit", "attach"})
"""What is told in confidence is shown to no officer, joined to nothing and not told apart."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """From where one looks: who, when, and with which release."""

    caller: Caller
    now: datetime
    district: District


def possible_actions(state: IntakeCase, sight: Viewer) -> tuple[Action, ...]:
    """What the caller could do now."""
    return tuple(each for each in state.possible if _may(state, each, sight))


def is_in_area(state: IntakeCase, caller: Caller) -> bool:
    """Return whether the case lies in the caller's area; a case without a place lies in everybody's."""
    return state.place is None or caller.covers(state.place.grid_code)


@contextmanager
def limit_offered_actions(case: Case[IntakeCase], caller: Caller) -> Generator[None]:
    """Let a refusal name only what the caller could do instead."""
    sight = Viewer(caller, case.now, case.district)
    try:
        yield
    except (NotPossibleNow, NotAnswerable) as refusal:
        refusal.members["possible"] = [each for each in refusal.members["possible"] if _may(case.state, each, sight)]
        raise


def _may(state: IntakeCase, action: Action, sight: Viewer) -> bool:
    """Whether the caller is one who does this, and the matter one with which it is done."""
    caller, district = sight.caller, sight.district
    if action == "answer_task":
        return verifiers.may_answer_open_task(state, caller, district, sight.now)
    if action == "withdraw" and reporters.may_add(state, caller):
        return True
    if action == "decide_return":
        return is_in_area(state, caller) and upstream.may_decide(state, caller)
    at_desk = caller.has(*(LEADS if action in _SHIFT_LEAD_ACTIONS else CLERKS)) and centre_people(caller)
    if (
        not at_desk
        or not is_in_area(state, caller)
        or (action in _NOT_IF_CONFIDENTIAL and state.received_report.confidential)
    ):
        return False
    if action == "file":
        return desk.may_file(state, caller, district)
    if action == "correct":
        return desk.may_file_here(state, caller, district)
    return action != "answer" or desk.is_answerable(state, district)
