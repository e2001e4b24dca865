"""The district itself: one entity that holds every value a district may set."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Contract
from contracts.common import CapCategory
from contracts.registry.base import CategoryId, Entity, Limit, LocalTime


class OfficePeriod(Contract):
    """One stretch of office hours, local time; the end is not part of it."""

    starts: LocalTime
    ends: LocalTime


class StageLimits(Contract):
    """How long the centre and its officers may take at each step."""

    verify: Limit = Limit(amount=30, unit="urgent_minute")
    """Verify task; from the next shift when nobody is on duty."""
    file: Limit = Limit(amount=15, unit="urgent_minute")
    dispatch: Limit = Limit(amount=15, unit="urgent_minute")
    sign_emergency: Limit = Limit(amount=30, unit="urgent_minute")
    sign: Limit = Limit(amount=2, unit="work_hour")
    acknowledge_handover: Limit = Limit(amount=5, unit="urgent_minute")
    """A hand-off to 110/119/120/122 is ours until acknowledged; then somebody phones."""
    recheck: Limit = Limit(amount=60, unit="urgent_minute")
    """Recheck task; from the next shift when nobody is on duty."""
    review: Limit = Limit(amount=1, unit="work_day")
    """A leader's review of `explained` and `not_solvable`."""
    first_contact: Limit = Limit(amount=1, unit="work_day")
    """From the order to the lead unit until somebody has spoken with the reporter (响应)."""
    call_back: Limit = Limit(amount=1, unit="work_day")
    settlement: Limit = Limit(amount=1, unit="work_day")
    """Desk approval of what was settled on the spot."""
    return_window: Limit = Limit(amount=4, unit="work_hour")
    """From the dispatch's creation: later returns are refused."""
    survey_emergency: Limit = Limit(amount=30, unit="urgent_minute")
    """Joint site survey of an emergency (乡呼县应)."""
    survey: Limit = Limit(amount=1, unit="work_day")
    """Joint site survey of a dispute about responsibility."""
    overdue_reason: Limit = Limit(amount=2, unit="work_hour")
    """Answer to "why is it late?"."""
    order_reply: Limit = Limit(amount=1, unit="work_day")
    """Reply to a formal order."""
    assist_answer: Limit = Limit(amount=2, unit="work_day")
    """From the time for which help 协助 was asked: shares that nobody has answered by then lapse."""
    proposal: Limit = Limit(amount=1, unit="work_day")
    """Answer to a call from the street to the county."""


class DuplicateRules(Contract):
    """When a report is about a problem that already has a case."""

    attach_metres: float = 15
    attach_hours: float = 2
    """Same category, this near in place and time: attached by itself."""
    suggest_metres: float = 50
    suggest_hours: float = 24
    """This near: a person decides."""
    recurrence_days: Amount = 7
    """A case closed less than this ago at the same place is linked as recurrence, and counts in the repeat rate."""
    recurrence_metres: float = 50
    not_found_times: Amount = Field(default=3, ge=2)
    not_found_days: Amount = 3
    """So often not found on site within so many days at the same place: a parent case for the joint team."""


class UrgeSteps(Contract):
    """Share of the limit used at which something happens by itself."""

    urge: float = 0.8
    overdue_notice: float = 1.0
    formal_order: float = 1.5
    leader: float = 2.0
    task_lead: float = 1.0
    """An officer's task is put before the grid lead."""
    task_centre: float = 1.5
    """A task is put before the street's centre."""


class ReworkRule(Contract):
    """The clock of a rework, and what a third failure means."""

    share: float = 0.5
    """Of the original limit."""
    at_least: Limit = Limit(amount=1, unit="urgent_hour")
    failures_to_order: Amount = 3
    """Failed rechecks after which a formal order goes to the leader."""


class PatrolRules(Contract):
    """What counts as a visit of a duty point."""

    radius_m: float = Field(default=50, gt=0)
    """As near as this, metres, where the point itself says nothing."""
    accuracy_m: float = Field(default=100, gt=0)
    """A position less certain than this, metres, proves nothing."""
    allowance_m: float = Field(default=30, ge=0)
    """So many metres of a position's own uncertainty are granted on top of the radius."""
    again_minutes: Amount = Field(default=60, ge=0)
    """A second visit of a point counts after so many minutes: that is another round."""
    offline_hours: Amount = Field(default=60, ge=1)
    """A terminal without signal may hand in visits this late; less than the time for which a month's figures are open."""


class Retention(Contract):
    """Days after which personal traces are erased."""

    confidential_text: Amount = 30
    caller_hash: Amount = 180
    officer_position: Amount = 90
    unnamed_photo: Amount = 30


def _office_hours() -> tuple[OfficePeriod, ...]:
    return (OfficePeriod(starts="08:00", ends="12:00"), OfficePeriod(starts="14:00", ends="18:00"))


MatterKey = Annotated[str, Field(pattern=r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}(-?[0-9]{2,3})?$")]
"""A category, or by `standard/kind/major` all of a major."""


class DistrictSettings(Entity):
    """The district 区县 of this installation; `id` is its 6-digit division code. Defaults are those of `domain.md` (°)."""

    KIND: ClassVar[str] = "district"

    id: str = Field(pattern=r"^[0-9]{6}$")
    name: str
    name_en: str
    case_prefix: str = Field(pattern=r"^[A-Z]{2,4}$")
    """Begins every case number: `LJ-20261123-000123`."""
    timezone: str = "Asia/Shanghai"
    office_hours: tuple[OfficePeriod, ...] = Field(default_factory=_office_hours)
    work_day_reading: Literal["consumed", "end_of_day"] = "consumed"
    """One `work_day`: a full office day consumed from the start, or the end of the N-th working day after it."""
    announced_years: tuple[Annotated[int, Field(ge=2000, le=2199)], ...] = ()
    """Years of which `calendar_days` has every holiday and make-up day that was announced. Years that the built-in calendar
    has in full need not be named; into all others deadlines are provisional until they stand here."""
    filing_roles: tuple[Literal["intake_clerk", "shift_lead"], ...] = Field(
        default=("intake_clerk", "shift_lead"), min_length=1
    )
    """Who files 立案 at the desk. Without the clerks every confirmed report waits for the shift lead; what files directly
    (officers, emergencies) does so all the same."""
    return_filed_upstream: bool = False
    """Whether an order of the city's platform that was filed directly may still be sent back 退回上级. Whoever has it goes
    on with it until the platform takes it back."""
    stage_limits: StageLimits = StageLimits()
    duplicates: DuplicateRules = DuplicateRules()
    urge_steps: UrgeSteps = UrgeSteps()
    yellow_share: float = 0.8
    """Share of a limit above which the light is yellow; above 1 it is red."""
    rework: ReworkRule = ReworkRule()
    patrol: PatrolRules = PatrolRules()
    sample_rate: float = Field(default=0.05, ge=0, le=1)
    """Share of settled-on-the-spot reports that another officer rechecks."""
    sample_seed: str = "gridloop"
    feedback_window_days: Amount = 7
    """Natural days the reporter may answer."""
    call_back_tries: Amount = Field(default=3, ge=1)
    """Call-backs without an answer after which nobody waits for one any more."""
    reopen_limit: Amount = 1
    """Times that the first reporter's "not solved" reopens a case by itself."""
    extension_limit: Amount = 2
    suspension_limit: Amount = 1
    suspension_days: Amount = 365
    grade_events: int = Field(default=5, ge=1, le=10_000)
    """Events in a period that a grade of a scorecard needs; with fewer the score is shown without a grade."""
    month_freeze: Limit = Limit(amount=3, unit="work_day")
    """After the month's end; until then appeals still change its figures."""
    emergency_severity: int = Field(default=2, ge=0, le=4)
    """A case this severe (1 is worst) starts the emergency plan whatever its category; 0: none does."""
    urgent_category: CategoryId | None = None
    """What an emergency service calls urgent is filed under this where its own code says nothing here; none: the desk files it."""
    cap_categories: dict[MatterKey, CapCategory] = Field(default_factory=dict[str, CapCategory])
    """What CAP calls a matter that is handed over: a category counts before its major, without either it is `Safety`."""
    retention: Retention = Retention()
    leader_in_charge: str = ""
    """Post of the county leader in charge: the last step of escalation."""
    leader_in_charge_en: str = ""
    hotline: str = "12345"
    """The number printed on notices and contact cards."""
