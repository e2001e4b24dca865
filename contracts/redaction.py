"""What was said in the open about a case that turns out to be confidential at filing: its words, photos, exact place, component
and what it was taken for are taken out of every event that has them, wherever events are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.base import Event
from contracts.common import Place, communities_of, community_of
from contracts.events.acceptance import (
    CaseAnswered,
    CaseAttached,
    CaseCorrected,
    CaseDetached,
    CaseFiled,
    CaseNotFiled,
    CaseSplit,
    CaseVoided,
    CaseWithdrawn,
    SettlementRecorded,
    VerificationPassedOn,
    VerificationRecorded,
    VerificationRequested,
)
from contracts.events.acceptance.reporters import InformationAdded, ReporterContacted
from contracts.events.acceptance.upstream import ReturnedUpstream, UpstreamReturnDecided
from contracts.events.command import CaseDispatched, CaseRouted, CaseSentBack, DecisionNeeded, DispatchWithdrawn
from contracts.events.discovery import ReportReceived
from contracts.events.evaluation import AppealDecided, AppealLodged, CallBackTried, FeedbackRecorded
from contracts.events.handling import (
    CoUnitReleased,
    ExtensionRequested,
    HandlingCompleted,
    HandoverRefused,
    ProgressReported,
    ReturnAccepted,
    ReturnRefused,
    ReturnRequested,
    SuspensionRequested,
    WorkCompleted,
)
from contracts.events.supervision import (
    AttentionNeeded,
    AttentionSettled,
    CaseClosed,
    CaseReopened,
    ExtensionDecided,
    OrderIssued,
    OrderReplied,
    OverdueExplained,
    RecheckPassedOn,
    RecheckRecorded,
    RecheckRequested,
    ReviewRecorded,
    ReworkOrdered,
    SampleFailed,
    SuspensionDecided,
    UnitUrged,
)
from contracts.masking import withhold

EMPTIED: Mapping[type[Event], Mapping[str, Any]] = {
    ReportReceived: {"description": "", "photos": (), "address": None, "caller_masked": None},
    VerificationRequested: {"question": ""},
    VerificationPassedOn: {"note": ""},
    VerificationRecorded: {"note": "", "photos": ()},
    ReturnedUpstream: {"note": ""},
    UpstreamReturnDecided: {"note": ""},
    SettlementRecorded: {"note": ""},
    CaseDetached: {"note": ""},
    CaseFiled: {"description": "", "photos": (), "component_id": None},
    CaseCorrected: {"description": "", "photos": (), "note": "", "component_id": None},
    CaseSentBack: {"note": ""},
    CaseSplit: {"note": ""},
    InformationAdded: {"text": "", "photos": ()},
    ReporterContacted: {"note": ""},
    ProgressReported: {"photos": ()},
    WorkCompleted: {"photos": ()},
    RecheckRequested: {"closing_condition": "", "closing_condition_en": ""},
    RecheckPassedOn: {"note": ""},
    RecheckRecorded: {"note": "", "photos": ()},
}
"""Facts that may be stated while a case is in the open → what of them is emptied. Their place shrinks to its community."""

SAID: Mapping[type[Event], tuple[str, ...]] = {
    CaseNotFiled: ("note",),
    CaseVoided: ("note",),
    CaseWithdrawn: ("note",),
    CaseAnswered: ("answer", "answer_en"),
    CaseAttached: ("note",),
    CaseDispatched: ("asked",),
    DispatchWithdrawn: ("note",),
    ReturnRequested: ("note",),
    ReturnAccepted: ("note",),
    ReturnRefused: ("note",),
    HandoverRefused: ("note",),
    ProgressReported: ("note",),
    CoUnitReleased: ("note",),
    WorkCompleted: ("note",),
    HandlingCompleted: ("note",),
    ExtensionRequested: ("note",),
    SuspensionRequested: ("note",),
    UnitUrged: ("text", "text_en"),
    OrderIssued: ("text", "text_en"),
    OverdueExplained: ("text",),
    OrderReplied: ("text",),
    ExtensionDecided: ("note",),
    SuspensionDecided: ("note",),
    ReviewRecorded: ("note",),
    ReworkOrdered: ("note",),
    CaseClosed: ("note",),
    CaseReopened: ("note",),
    SampleFailed: ("note",),
    AttentionNeeded: ("note",),
    AttentionSettled: ("note",),
    FeedbackRecorded: ("comment",),
    CallBackTried: ("note",),
    AppealLodged: ("text",),
    AppealDecided: ("note",),
}
"""Facts that may be stated of a confidential case, too → their words, in whose stead stands that none are kept."""

_REASONED = (CaseRouted, DecisionNeeded)
"""Routing's decisions: they say what it was taken for, and where."""

REDACTABLE: tuple[type[Event], ...] = (*EMPTIED, *(each for each in SAID if each not in EMPTIED), *_REASONED)


def makes_confidential(event: Event) -> bool:
    """Whether everything said about the case, before and after, is confidential from this on."""
    return isinstance(event, CaseFiled) and event.confidential


def redact(event: Event) -> Event:
    """The event as it is kept of a confidential case. Sealed again it stays as it is."""
    if not isinstance(event, REDACTABLE):
        return event
    changes = {**EMPTIED.get(type(event), {}), **_unsaid(event), **_nowhere(event)}
    if isinstance(event, ReportReceived):
        changes |= _not_taken_for(event)
    elif isinstance(event, CaseFiled):
        changes |= _not_filed_as(event)
    elif isinstance(event, CaseRouted | DecisionNeeded):
        changes |= _without_reasons(event)
    return event.model_copy(update=changes)


def _unsaid(event: Event) -> dict[str, Any]:
    """What the system itself says to units names a clock and its share, and may stay."""
    by = event.urged_by if isinstance(event, UnitUrged) else event.issued_by if isinstance(event, OrderIssued) else None
    if by is not None and by.kind == "system":
        return {}
    words = {name: getattr(event, name) for name in SAID.get(type(event), ())}
    return {name: withhold(text, confidential=True) for name, text in words.items() if text is not None}


def _nowhere(event: Event) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    place, grid_code = getattr(event, "place", None), getattr(event, "grid_code", None)
    if place is not None:
        changes["place"] = Place(grid_code=community_of(place.grid_code))
    if grid_code is not None:
        changes["grid_code"] = community_of(grid_code)
    return changes


def _not_taken_for(event: ReportReceived) -> dict[str, Any]:
    """Who reported it says where it was: the duty grids of an officer shrink like its place."""
    changes: dict[str, Any] = {"officer_grids": communities_of(event.officer_grids)}
    if not event.confidential:
        changes |= {"category_id": None, "category_name": None, "category_name_en": None}
    if event.settlement is not None:
        changes["settlement"] = event.settlement.model_copy(update={"what_was_done": ""})
    return changes


def _not_filed_as(event: CaseFiled) -> dict[str, Any]:
    """What it was filed as in the open. Limits stand."""
    if event.confidential:
        return {}
    steps = (
        each.model_copy(update={"name": f"第{number}步", "name_en": f"Step {number}"})
        for number, each in enumerate(event.milestones, start=1)
    )
    return {
        "category_id": "-/-/-", "category_name": "保密", "category_name_en": "Confidential", "condition_id": "",
        "condition_text": "", "condition_text_en": "", "closing_condition": "", "closing_condition_en": "",
        "milestones": tuple(steps),
    }  # fmt: skip


def _without_reasons(event: CaseRouted | DecisionNeeded) -> dict[str, Any]:
    """Who was considered, and why, names places and matters. What is decided in confidence says no more than whose it is."""
    if event.candidates and all(each.rule == "confidential" for each in event.candidates):
        return {}
    words = {name: withhold(getattr(event, name), confidential=True) for name in ("explanation", "explanation_en")}
    if isinstance(event, DecisionNeeded):
        return {**words, "candidates": ()}
    asked = (each.model_copy(update={"asked": withhold(each.asked, confidential=True)}) for each in event.assignments)
    return {**words, "candidates": (), "assignments": tuple(asked)}
