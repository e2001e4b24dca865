"""Actions that one caller can take on a case in intake now. The checks are those of the commands themselves."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from services.chassis.auth import Caller, is_centre_staff
from services.chassis.cases import Case
from services.chassis.problems import NotPossibleNow
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import desk, reporters, upstream, verifiers
from services.intake.domain.case import Action, IntakeCase, is_in_area
from services.intake.domain.problems import NotAnswerable

CLERKS = ("intake_clerk", "shift_lead")
"""Roles that decide about reports at the desk."""

LEADS = ("shift_lead",)

_SHIFT_LEAD_ACTIONS: frozenset[Action] = frozenset({"void", "return_upstream"})
"""Actions that only the shift lead may take."""

_NOT_IF_CONFIDENTIAL: frozenset[Action] = frozenset({"verify", "split", "unsplit", "attach"})
"""Actions that a confidential case does not allow."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller who looks at a case, the present time, and the registry snapshot in force."""

    caller: Caller
    now: datetime
    district: RegistrySnapshot


def possible_actions(state: IntakeCase, viewer: Viewer) -> tuple[Action, ...]:
    """Return the actions that the caller can take on the case now."""
    return tuple(each for each in state.possible if _may(state, each, viewer))


@contextmanager
def limit_offered_actions(case: Case[IntakeCase], caller: Caller) -> Generator[None]:
    """Context manager: if the block refuses an action, offer in the refusal only actions that the caller may take."""
    viewer = Viewer(caller, case.now, case.district)
    try:
        yield
    except (NotPossibleNow, NotAnswerable) as refusal:
        refusal.members["possible"] = [each for each in refusal.members["possible"] if _may(case.state, each, viewer)]
        raise


def _may(state: IntakeCase, action: Action, viewer: Viewer) -> bool:
    """Return whether the caller may take the action on this case."""
    caller, district = viewer.caller, viewer.district
    if action == "answer_task":
        return verifiers.may_answer_open_task(state, caller, district, viewer.now)
    if action == "withdraw" and reporters.is_sender_or_desk(state, caller):
        return True
    if action == "decide_return":
        return is_in_area(state, caller) and upstream.may_decide(state, caller)
    at_desk = caller.has(*(LEADS if action in _SHIFT_LEAD_ACTIONS else CLERKS)) and is_centre_staff(caller)
    if (
        not at_desk
        or not is_in_area(state, caller)
        or (action in _NOT_IF_CONFIDENTIAL and state.received_report.confidential)
    ):
        return False
    if action == "file":
        return desk.may_file(state, caller, district)
    if action == "correct":
        return desk.has_filing_role(state, caller, district)
    return action != "answer" or desk.is_answerable(state, district)
