"""The card of a case, as lists and the board show it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from contracts.board import Card, CardCategory, CardFlags, CardUnit, CardVersions, Light
from contracts.case_state import ENDED, DispatchState
from contracts.clocks import clock_to_show
from services.tracking.domain.names import Names
from services.tracking.domain.scope import NOT_HELD
from services.tracking.domain.summary import ClockRecord, Summary

TITLE_LENGTH = 80


def on_board(case: Summary) -> bool:
    """Return whether the board shows the case: true until the case has one of the statuses `ENDED`."""
    return case.facts.status not in ENDED


def shown_clock(case: Summary) -> ClockRecord | None:
    """Return the clock that the card shows; `None` if it shows no clock."""
    return clock_to_show(_clocks_by_id(case))


def light_of(case: Summary) -> Light:
    """Return the light of the clock that the card shows; `none` if it shows no clock."""
    clock = shown_clock(case)
    return clock.light if clock else "none"


def light_of_dispatch(case: Summary, dispatch_id: UUID) -> Light:
    """Return the light of the clock to show for a dispatch; `none` if the dispatch has no clock."""
    clock = clock_to_show(clock for clock in _clocks_by_id(case) if clock.dispatch_id == dispatch_id)
    return clock.light if clock else "none"


def units_in_order(case: Summary) -> list[DispatchState]:
    """Return the open and completed dispatches, one for each unit, first the lead, then the co-units."""
    current = {each.unit_id: each for each in case.facts.dispatches.values() if each.status not in NOT_HELD}
    return sorted(current.values(), key=lambda dispatch: (dispatch.role != "lead", dispatch.role != "co"))


def card(case_id: UUID, case: Summary, names: Names) -> Card:
    """Return the card of a case. The card of a confidential case has no category, title, grid or coordinates."""
    facts, open_to_all = case.facts, not case.facts.confidential
    clock, place = shown_clock(case), case.place if open_to_all else None
    return Card(
        id=case_id,
        case_number=facts.case_number,
        stage=facts.stage,  # type: ignore[arg-type]  # the table of stages holds nothing else
        status=facts.status,
        light=clock.light if clock else "none",
        clock=clock.name if clock else None,
        started_at=_whole_second(clock.started_at) if clock else None,
        due_at=_whole_second(clock.due_at) if clock and not clock.paused else None,
        provisional=bool(clock and clock.provisional),
        confidential=facts.confidential,
        category=category_of(case, names) if open_to_all else None,
        title=_title(case) if open_to_all else None,
        channel=case.channel,
        centre=case.centre_id,
        community=case.community,
        grid_code=place.grid_code if place else None,
        grid_name=names.grid(place.grid_code).zh if place else None,
        longitude=_rounded(place.longitude) if place else None,
        latitude=_rounded(place.latitude) if place else None,
        units=tuple(_unit(dispatch, names) for dispatch in units_in_order(case)),
        severity=case.severity,
        emergency=facts.emergency,
        flags=flags(case),
        mode=case.mode,
        reported_at=_whole_second(case.reported_at or datetime.min.replace(tzinfo=UTC)),
        updated_at=_whole_second(case.updated_at or datetime.min.replace(tzinfo=UTC)),
        versions=CardVersions(**case.versions),
    )


def flags(case: Summary) -> CardFlags:
    """Return the flags of the card, such as rework or a reminder."""
    lead = case.facts.lead
    statuses = {state.status for state in case.facts.dispatches.values()}
    return CardFlags(
        rework=case.facts.rework_round > 0 and not case.facts.closed,
        return_requested="return_requested" in statuses,
        awaiting_reassignment=_is_awaiting_reassignment(case),
        suspended="suspended" in statuses,
        reopened=case.reopened,
        coordinated=lead is not None and lead.coordinated,
        urged=case.urged,
        ordered=bool(case.open_orders),
        attached_count=len(case.reports),
    )


def _is_awaiting_reassignment(case: Summary) -> bool:
    """Return whether the case waits for a new lead 待改派.

    The wait begins when a lead returns its dispatch, or is replaced after it has acknowledged 签收 its dispatch.
    The wait ends when the newest lead acknowledges its own dispatch.
    """
    leads = sorted(
        ((key, each) for key, each in case.facts.dispatches.items() if each.role == "lead"),
        key=lambda lead: lead[1].place,
    )
    had_lead = any(each.status == "returned" or (key in case.signed and each.open) for key, each in leads)
    current_signed = [key in case.signed for key, each in leads if each.open or each.status == "completed"]
    has_lead = bool(current_signed) and current_signed[-1]
    return had_lead and not has_lead and on_board(case) and not case.facts.closed


def _clocks_by_id(case: Summary) -> list[ClockRecord]:
    """Return the clocks sorted by id, so that every client shows the same clock if several are equal."""
    return sorted(case.clocks, key=lambda clock: str(clock.id))


def category_of(case: Summary, names: Names) -> CardCategory | None:
    """Return the category of the case with its current names; `None` without a category."""
    if case.category is None:
        return None
    text = names.category(case.category.id, case.category.name, case.category.name_en)
    return CardCategory(id=case.category.id, name=text.zh, name_en=text.en)


def _unit(dispatch: DispatchState, names: Names) -> CardUnit:
    text = names.unit(dispatch.unit_id)
    return CardUnit(id=dispatch.unit_id, name=text.zh, name_en=text.en, role=dispatch.role, status=dispatch.status)


def _title(case: Summary) -> str | None:
    text = " ".join(case.description.split())
    return text[: TITLE_LENGTH - 1] + "…" if len(text) > TITLE_LENGTH else text or None


def _whole_second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 5)
