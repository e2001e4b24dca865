"""Record → card: what the board shows of a case, and the one clock it counts by."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from contracts.board import Card, CardCategory, CardFlags, CardUnit, CardVersions, Light
from contracts.case_state import ENDED
from services.tracking.domain.names import Names
from services.tracking.domain.record import ClockRecord, DispatchRecord, Record

TITLE_LENGTH = 80

_GRAVITY: dict[str, int] = {"red": 0, "yellow": 1, "green": 2}


def on_board(record: Record) -> bool:
    """Whether somebody may still owe something: a case leaves the board when it has ended or is evaluated."""
    return record.facts.status not in ENDED


def shown_clock(record: Record) -> ClockRecord | None:
    """The clock that the card counts by: the gravest light, then the earliest deadline; a paused one only if none runs.

    The light is a fact that supervision states, the deadline orders clocks of the same light: so the choice needs no
    present time, and all who look see the same.
    """
    return min(record.clocks, key=lambda clock: (clock.paused, *_urgency(clock)), default=None)


def light_of(record: Record) -> Light:
    """The light of the shown clock; `none` when no clock is left."""
    clock = shown_clock(record)
    return clock.light if clock else "none"


def light_of_dispatch(record: Record, dispatch_id: UUID) -> Light:
    """The gravest light among the clocks of one dispatch."""
    own = [clock for clock in record.clocks if clock.dispatch_id == dispatch_id]
    worst = min(own, key=_urgency, default=None)
    return worst.light if worst else "none"


def units_in_order(record: Record) -> list[DispatchRecord]:
    """The dispatches that count: open or completed ones, the lead first, one per unit."""
    over = {"returned", "withdrawn", "released"}
    current: dict[str, DispatchRecord] = {}
    for dispatch in record.dispatches:
        state = record.facts.dispatches.get(dispatch.id)
        if state is not None and state.status not in over:
            current[dispatch.unit_id] = dispatch
    return sorted(current.values(), key=lambda dispatch: (dispatch.role != "lead", dispatch.role != "co"))


def card(case_id: UUID, record: Record, names: Names) -> Card:
    """The card. A confidential case shows its community and its competent unit, and nothing else."""
    facts, open_to_all = record.facts, not record.facts.confidential
    clock, place = shown_clock(record), record.place if open_to_all else None
    return Card(
        id=case_id,
        case_number=facts.case_number,
        stage=facts.stage,  # type: ignore[arg-type]  # the table of stages holds nothing else
        status=facts.status,
        light=clock.light if clock else "none",
        clock=clock.name if clock else None,
        started_at=_whole(clock.started_at) if clock else None,
        due_at=_whole(clock.due_at) if clock and not clock.paused else None,
        confidential=facts.confidential,
        category=_category(record, names) if open_to_all else None,
        title=_title(record) if open_to_all else None,
        channel=record.channel,
        centre=record.centre_id,
        community=record.community,
        grid_code=place.grid_code if place else None,
        grid_name=names.grid(place.grid_code).zh if place else None,
        longitude=_rounded(place.longitude) if place else None,
        latitude=_rounded(place.latitude) if place else None,
        units=tuple(_unit(record, dispatch, names) for dispatch in units_in_order(record)),
        severity=record.severity,
        emergency=facts.emergency,
        flags=flags(record),
        mode=record.mode,
        reported_at=_whole(record.reported_at or datetime.min.replace(tzinfo=UTC)),
        updated_at=_whole(record.updated_at or datetime.min.replace(tzinfo=UTC)),
        versions=CardVersions(**record.versions),
    )


def flags(record: Record) -> CardFlags:
    """What deserves a second look."""
    lead = record.facts.lead
    statuses = {state.status for state in record.facts.dispatches.values()}
    return CardFlags(
        rework=record.facts.rework_round > 0 and not record.facts.closed,
        return_requested="return_requested" in statuses,
        awaiting_reassignment=_awaiting_reassignment(record),
        suspended="suspended" in statuses,
        reopened=record.reopened,
        coordinated=lead is not None and lead.coordinated,
        urged=record.urged,
        ordered=bool(record.open_orders),
        attached_count=len(record.reports),
    )


def _awaiting_reassignment(record: Record) -> bool:
    """待改派: a lead was returned and nobody has signed in its place yet."""
    leads = [dispatch for dispatch in record.dispatches if dispatch.role == "lead"]
    returned = [each for each in leads if _status(record, each) == "returned"]
    taken = any(each.signed_at and _status(record, each) not in ("returned", "withdrawn") for each in leads)
    return bool(returned) and not taken and not record.facts.closed


def _status(record: Record, dispatch: DispatchRecord) -> str:
    state = record.facts.dispatches.get(dispatch.id)
    return state.status if state else ""


def _urgency(clock: ClockRecord) -> tuple[int, datetime, str]:
    return _GRAVITY[clock.light], clock.due_at, str(clock.id)


def _category(record: Record, names: Names) -> CardCategory | None:
    if record.category is None:
        return None
    text = names.category(record.category.id, record.category.name, record.category.name_en)
    return CardCategory(id=record.category.id, name=text.zh, name_en=text.en)


def _unit(record: Record, dispatch: DispatchRecord, names: Names) -> CardUnit:
    text = names.unit(dispatch.unit_id)
    return CardUnit(
        id=dispatch.unit_id, name=text.zh, name_en=text.en, role=dispatch.role, status=_status(record, dispatch)
    )


def _title(record: Record) -> str | None:
    text = " ".join(record.description.split())
    return text[: TITLE_LENGTH - 1] + "…" if len(text) > TITLE_LENGTH else text or None


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 5)
