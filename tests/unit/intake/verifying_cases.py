"""Cases under verification and answers to their tasks."""

from __future__ import annotations

from typing import Any

from contracts.common import Photo
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.intake.domain import verification
from services.intake.domain.case import IntakeCase
from tests.unit.intake.sample_cases import triaged_case
from tests.unit.intake.sample_district import RESIDENT

CONDITION = "06010-1"

NEAR, FAR = Photo(sha256="e" * 64, role="near"), Photo(sha256="f" * 64, role="far")

SITE = (NEAR, FAR)
"""The photos of a verification on site."""


def verifying_case(caller: Caller = RESIDENT, **fields: Any) -> Case[IntakeCase]:
    case = triaged_case(caller, **{"condition_id": CONDITION, **fields})
    assert case.state.task is not None
    return case


def officer_of(case: Case[IntakeCase]) -> Caller:
    task = case.state.task
    assert task is not None
    return Caller(kind="account", id="x", roles=frozenset({"officer"}), officer_id=task.officer_id)


def reply(case: Case[IntakeCase], result: verification.Result, caller: Caller | None = None, **more: Any) -> None:
    task = case.state.task
    assert task is not None
    more.setdefault("photos", SITE)
    verification.record_answer(case, task.task_id, result, caller or officer_of(case), open_tasks={}, **more)


def liaison_officer(account: str, officer_id: str) -> Caller:
    """Return an officer who reports as a member of a liaison team."""
    return Caller(kind="account", id=account, officer_id=officer_id, channels=frozenset({"public_liaison"}))
