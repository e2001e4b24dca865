"""What was said in the open about a case that turns out to be confidential at filing: its words, photos, exact place, component
and what it was taken for are taken out of every event that has them, wherever events are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.acceptance import (
    CaseCorrected,
    CaseDetached,
    CaseFiled,
    CaseSplit,
    SettlementRecorded,
    VerificationPassedOn,
    VerificationRecorded,
    VerificationRequested,
)
from contracts.base import Event
from contracts.command import CaseSentBack
from contracts.discovery import ReportReceived
from contracts.places import Place
from contracts.reporters import InformationAdded, ReporterContacted
from contracts.supervision import RecheckPassedOn, RecheckRecorded, RecheckRequested
from contracts.upstream import ReturnedUpstream, UpstreamReturnDecided

EMPTIED: Mapping[type[Event], Mapping[str, Any]] = {
    ReportReceived: {"description": "", "photos": (), "address": None, "practice_note": None, "caller_masked": None},
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
    RecheckRequested: {},
    RecheckPassedOn: {"note": ""},
    RecheckRecorded: {"note": "", "photos": ()},
}
"""Facts that may be stated before a case is filed, for good → what of them is emptied. Their place shrinks to its community."""

_COMMUNITY = 12
"""Digits of a community's code, with which every grid code in it begins."""


def seals(event: Event) -> bool:
    """Whether everything said about the case, before and after, is confidential from this on."""
    return isinstance(event, CaseFiled) and event.confidential


def sealed(event: Event) -> Event:
    """The event as it is kept of a confidential case. Sealed again it stays as it is."""
    emptied = EMPTIED.get(type(event))
    if emptied is None:
        return event
    changes = dict(emptied)
    place, grid_code = getattr(event, "place", None), getattr(event, "grid_code", None)
    if place is not None:
        changes["place"] = Place(grid_code=place.grid_code[:_COMMUNITY])
    if grid_code is not None:
        changes["grid_code"] = grid_code[:_COMMUNITY]
    if isinstance(event, ReportReceived) and not event.confidential:
        changes |= {"category_id": None, "category_name": None, "category_name_en": None}
    if isinstance(event, ReportReceived) and event.settlement is not None:
        changes["settlement"] = event.settlement.model_copy(update={"what_was_done": ""})
    return event.model_copy(update=changes)
