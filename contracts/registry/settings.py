"""The settings of a district, in one entity."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Contract
from contracts.common import CapCategory
from contracts.registry.base import CategoryId, Entity, Limit, LocalTime


class OfficePeriod(Contract):
    """One period of office hours in local time, without its end."""

    starts: LocalTime
    ends: LocalTime


class StageLimits(Contract):
    """Limits of each step of the centre, its officers and the units."""

    verify: Limit = Limit(amount=30, unit="urgent_minute")
    """Verification task; counted from the next shift if nobody is on duty."""
    file: Limit = Limit(amount=15, unit="urgent_minute")
    dispatch: Limit = Limit(amount=15, unit="urgent_minute")
    sign_emergency: Limit = Limit(amount=30, unit="urgent_minute")
    sign: Limit = Limit(amount=2, unit="work_hour")
    acknowledge_handover: Limit = Limit(amount=5, unit="urgent_minute")
    """Acknowledgement of a hand-over; afterwards the shift lead telephones."""
    recheck: Limit = Limit(amount=60, unit="urgent_minute")
    """Recheck task; counted from the next shift if nobody is on duty."""
    review: Limit = Limit(amount=1, unit="work_day")
    """A leader's review of `explained` and `not_solvable`."""
    first_contact: Limit = Limit(amount=1, unit="work_day")
    """Contact with the reporter 响应, counted from the dispatch to the lead unit."""
    call_back: Limit = Limit(amount=1, unit="work_day")
    settlement: Limit = Limit(amount=1, unit="work_day")
    """Approval of a settlement on the spot by the desk."""
    return_window: Limit = Limit(amount=4, unit="work_hour")
    """Return of a dispatch, counted from its creation; later returns are refused."""
    survey_emergency: Limit = Limit(amount=30, unit="urgent_minute")
    """Joint survey of an emergency 会商."""
    survey: Limit = Limit(amount=1, unit="work_day")
    """Joint survey of a dispute about responsibility."""
    overdue_reason: Limit = Limit(amount=2, unit="work_hour")
    """Reason for being late, after an overdue notice."""
    supervision_order_reply: Limit = Limit(amount=1, unit="work_day")
    """Reply to a supervision order."""
    assist_answer: Limit = Limit(amount=2, unit="work_day")
    """Answer to a request for help 协助, counted from its due time; unanswered shares then expire."""
    county_decision: Limit = Limit(amount=1, unit="work_day")
    """Answer of the county to a call from a street."""


class DuplicateRules(Contract):
    """Distances and periods for finding reports about the same problem."""

    attach_metres: float = 15
    attach_hours: float = 2
    """Same category, within this distance and time: the report is attached automatically."""
    suggest_metres: float = 50
    suggest_hours: float = 24
    """Within this distance and time: a person decides."""
    recurrence_days: Amount = 7
    """A case closed within this period at the same place is linked as a recurrence and counts in the repeat rate."""
    recurrence_metres: float = 50
    not_found_times: Amount = Field(default=3, ge=2)
    not_found_days: Amount = 3
    """A problem that was not found this often in this period at one place becomes a parent case of the joint team."""


class UrgeSteps(Contract):
    """Automatic steps of a clock, by the used share of its limit."""

    urge: float = 0.8
    overdue_notice: float = 1.0
    supervision_order: float = 1.5
    leader: float = 2.0
    task_lead: float = 1.0
    """Escalation of an officer's task to the grid lead."""
    task_centre: float = 1.5
    """Escalation of a task to the centre of the street."""


class ReworkRule(Contract):
    """The limit of a rework, and the escalation of repeated failures."""

    share: float = 0.5
    """Share of the original limit."""
    at_least: Limit = Limit(amount=1, unit="urgent_hour")
    failures_to_supervision_order: Amount = 3
    """Failed rechecks after which the leader receives a supervision order."""


class PatrolRules(Contract):
    """Rules for counting visits of patrol points."""

    radius_m: float = Field(default=50, gt=0)
    """Default radius of a visit in metres."""
    accuracy_m: float = Field(default=100, gt=0)
    """Positions with a larger uncertainty in metres do not count."""
    allowance_m: float = Field(default=30, ge=0)
    """Metres of uncertainty that are added to the radius at most."""
    repeat_minutes: Amount = Field(default=60, ge=0)
    """Minutes after which another visit of the same point counts as another round."""
    offline_hours: Amount = Field(default=60, ge=1)
    """Hours within which an offline terminal may submit visits; less than the period in which a month stays open."""


class Retention(Contract):
    """Days after which personal data are erased."""

    confidential_text: Amount = 30
    caller_hash: Amount = 180
    officer_position: Amount = 90
    unused_photo: Amount = 30


def _office_hours() -> tuple[OfficePeriod, ...]:
    return (OfficePeriod(starts="08:00", ends="12:00"), OfficePeriod(starts="14:00", ends="18:00"))


CategoryKey = Annotated[str, Field(pattern=r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}(-?[0-9]{2,3})?$")]
"""A category id, or `standard/kind/major` for all categories of a major."""


class DistrictSettings(Entity):
    """The district 区县 of this installation; `id` is its 6-digit division code."""

    KIND: ClassVar[str] = "district"

    id: str = Field(pattern=r"^[0-9]{6}$")
    name: str
    name_en: str
    case_prefix: str = Field(pattern=r"^[A-Z]{2,4}$")
    """Prefix of all case numbers, as in `LJ-20261123-000123`."""
    timezone: str = "Asia/Shanghai"
    office_hours: tuple[OfficePeriod, ...] = Field(default_factory=_office_hours)
    work_day_reading: Literal["consumed", "end_of_day"] = "consumed"
    """Reading of `work_day`: office days consumed from the start, or the end of the N-th working day after it."""
    announced_years: tuple[Annotated[int, Field(ge=2000, le=2199)], ...] = ()
    """Years whose announced holidays are complete in `calendar_days`. Deadlines in years that are neither listed here
    nor complete in the built-in calendar are provisional."""
    filing_roles: tuple[Literal["intake_clerk", "shift_lead"], ...] = Field(
        default=("intake_clerk", "shift_lead"), min_length=1
    )
    """Roles that may file 立案 at the desk. Reports that are filed automatically do not depend on it."""
    return_filed_upstream: bool = False
    """True if orders of the upstream platform may be sent back 退回上级 after filing. Work on them continues until the
    platform takes them back."""
    stage_limits: StageLimits = StageLimits()
    duplicates: DuplicateRules = DuplicateRules()
    urge_steps: UrgeSteps = UrgeSteps()
    yellow_share: float = 0.8
    """Used share of a limit above which the light is yellow; above 1 it is red."""
    rework: ReworkRule = ReworkRule()
    patrol: PatrolRules = PatrolRules()
    sample_rate: float = Field(default=0.05, ge=0, le=1)
    """Share of settlements on the spot that another officer rechecks."""
    sample_seed: str = "gridloop"
    feedback_window_days: Amount = 7
    """Natural days for the feedback of the reporter."""
    call_back_tries: Amount = Field(default=3, ge=1)
    """Call-backs without an answer after which feedback ends."""
    reopen_limit: Amount = 1
    """Number of times that the first reporter's *not solved* reopens a case automatically."""
    extension_limit: Amount = 2
    suspension_limit: Amount = 1
    suspension_days: Amount = 365
    grade_events: int = Field(default=5, ge=1, le=10_000)
    """Events that a grade of a scorecard needs; with fewer, the score has no grade."""
    month_freeze: Limit = Limit(amount=3, unit="work_day")
    """Time after the end of a month in which appeals still change its figures."""
    emergency_severity: int = Field(default=2, ge=0, le=4)
    """Cases of this severity or worse (1 is worst) start the emergency plan; 0 means none does."""
    urgent_category: CategoryId | None = None
    """Category for urgent messages of emergency services whose code is unknown; `None` leaves the filing to the
    desk."""
    cap_categories: dict[CategoryKey, CapCategory] = Field(default_factory=dict[str, CapCategory])
    """CAP category of handed-over cases, by category or major; the default is `Safety`."""
    retention: Retention = Retention()
    leader_in_charge: str = ""
    """Post of the county leader in charge: the last step of escalation."""
    leader_in_charge_en: str = ""
    hotline: str = "12345"
    """Phone number printed on notices and contact cards."""
