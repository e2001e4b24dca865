"""The settings of a district, as one entity."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Contract
from contracts.common import CapCategory
from contracts.registry.base import CategoryId, Entity, Limit, LocalTime


class OfficePeriod(Contract):
    """One period of office hours, in local time. The period ends just before `ends`."""

    starts: LocalTime
    ends: LocalTime


class StageLimits(Contract):
    """Default limits of the steps of a case: what the centre, its officers and the units must do, and in which time."""

    verify: Limit = Limit(amount=30, unit="urgent_minute")
    """An officer answers a verification task. Counted from the next shift if no officer is on duty."""
    file: Limit = Limit(amount=15, unit="urgent_minute")
    """The desk decides about filing."""
    dispatch: Limit = Limit(amount=15, unit="urgent_minute")
    """The centre decides about the acting units, or about a return."""
    sign_emergency: Limit = Limit(amount=30, unit="urgent_minute")
    """A unit acknowledges a dispatch of an emergency."""
    sign: Limit = Limit(amount=2, unit="work_hour")
    """A unit acknowledges any other dispatch."""
    acknowledge_handover: Limit = Limit(amount=5, unit="urgent_minute")
    """An emergency service acknowledges a hand-over; if it does not, the shift lead telephones."""
    recheck: Limit = Limit(amount=60, unit="urgent_minute")
    """An officer answers a recheck task. Counted from the next shift if no officer is on duty."""
    review: Limit = Limit(amount=1, unit="work_day")
    """A leader reviews the outcome `explained` or `not_solvable`, or a person decides a question or an appeal."""
    first_contact: Limit = Limit(amount=1, unit="work_day")
    """The lead unit contacts the reporter 响应. Counted from the first dispatch to a lead unit."""
    call_back: Limit = Limit(amount=1, unit="work_day")
    """The desk calls a reporter back 回访."""
    settlement: Limit = Limit(amount=1, unit="work_day")
    """The desk approves or refuses a settlement on the spot."""
    return_window: Limit = Limit(amount=4, unit="work_hour")
    """A unit may request a return of its dispatch, counted from the start of the dispatch; later requests are refused.
    The same limit applies when the centre decides about an extension or a suspension."""
    survey_emergency: Limit = Limit(amount=30, unit="urgent_minute")
    """A joint survey 会商 names the lead in an emergency."""
    survey: Limit = Limit(amount=1, unit="work_day")
    """A joint survey 会商 names the lead in any other dispute about responsibility."""
    overdue_reason: Limit = Limit(amount=2, unit="work_hour")
    """A unit explains why it is late, counted from the overdue notice."""
    supervision_order_reply: Limit = Limit(amount=1, unit="work_day")
    """A unit replies to a supervision order."""
    assist_answer: Limit = Limit(amount=2, unit="work_day")
    """Officers complete or refuse their parts of a request for help 协助. Counted from `due_at` of the request; parts
    that are still open then expire."""
    county_decision: Limit = Limit(amount=1, unit="work_day")
    """The county centre decides after a call from a street 乡呼县应."""


class DuplicateRules(Contract):
    """Distances and periods for finding reports about the same problem."""

    attach_metres: float = 15
    """A report of the same category within this distance and `attach_hours` is attached automatically."""
    attach_hours: float = 2
    """A report of the same category within this time and `attach_metres` is attached automatically."""
    suggest_metres: float = 50
    """For a report within this distance and `suggest_hours` a person decides about attaching it."""
    suggest_hours: float = 24
    """For a report within this time and `suggest_metres` a person decides about attaching it."""
    recurrence_days: Amount = 7
    """Days after the closing of a case in which a new case at the same place is linked to it as a recurrence, and
    counts in the repeat rate."""
    recurrence_metres: float = 50
    """Distance in metres within which two cases count as at the same place."""
    not_found_times: Amount = Field(default=3, ge=2)
    """Number of reports at one place, not found on site within `not_found_days`, after which a parent case for the
    joint team is filed."""
    not_found_days: Amount = 3
    """Days in which reports at one place that are not found on site are counted."""


class UrgeSteps(Contract):
    """Automatic steps of a clock. Each value is the used share of the limit at which the step is taken."""

    urge: float = 0.8
    """A reminder to the unit."""
    overdue_notice: float = 1.0
    """An overdue notice to the unit, officer or desk that is late."""
    supervision_order: float = 1.5
    """A supervision order to the unit."""
    leader: float = 2.0
    """A supervision order to the head of the unit, and a question to the director of the centre."""
    task_lead: float = 1.0
    """The grid lead is told about an officer's late task."""
    task_centre: float = 1.5
    """The centre of the street is told about an officer's late task."""


class ReworkRule(Contract):
    """The limit of a rework, and what follows repeated failed rechecks."""

    share: float = 0.5
    """Share of the original limit that a rework gets."""
    at_least: Limit = Limit(amount=1, unit="urgent_hour")
    """Shortest limit of a rework."""
    failures_to_supervision_order: Amount = 3
    """Number of failed rechecks after which the head of the unit receives a supervision order."""


class PatrolRules(Contract):
    """Rules for counting visits to patrol points."""

    radius_m: float = Field(default=50, gt=0)
    """Default distance in metres within which an officer has visited a point."""
    accuracy_m: float = Field(default=100, gt=0)
    """Largest uncertainty in metres of a position that counts."""
    allowance_m: float = Field(default=30, ge=0)
    """Most metres of uncertainty that are added to the radius."""
    repeat_minutes: Amount = Field(default=60, ge=0)
    """Minutes after which another visit to the same point counts again."""
    offline_hours: Amount = Field(default=60, ge=1)
    """Hours after a visit within which a terminal that was offline may submit it.

    Keep it below the three working days for which the scores of a past month can still change.
    """


class Retention(Contract):
    """Days after which personal data are erased."""

    confidential_text: Amount = 30
    caller_hash: Amount = 180
    officer_position: Amount = 90
    unused_photo: Amount = 30


def _office_hours() -> tuple[OfficePeriod, ...]:
    return (OfficePeriod(starts="08:00", ends="12:00"), OfficePeriod(starts="14:00", ends="18:00"))


CategoryKey = Annotated[str, Field(pattern=r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}(-?[0-9]{2,3})?$")]
"""Category id, or `standard/kind/major` for all categories of a major class 大类."""


class DistrictSettings(Entity):
    """The district 区县 that this installation serves; `id` is its 6-digit division code."""

    KIND: ClassVar[str] = "district"

    id: str = Field(pattern=r"^[0-9]{6}$")
    name: str
    name_en: str
    case_prefix: str = Field(pattern=r"^[A-Z]{2,4}$")
    """Prefix of all case numbers, such as `LJ` in `LJ-20261123-000123`."""
    timezone: str = "Asia/Shanghai"
    office_hours: tuple[OfficePeriod, ...] = Field(default_factory=_office_hours)
    work_day_reading: Literal["consumed", "end_of_day"] = "consumed"
    """Meaning of a limit of N work days: N office days from the start, or until the end of the N-th working day after
    the start."""
    announced_years: tuple[Annotated[int, Field(ge=2000, le=2199)], ...] = ()
    """Years for which `calendar_days` contains all announced holidays. In other years deadlines are provisional, unless
    the built-in calendar is complete."""
    filing_roles: tuple[Literal["intake_clerk", "shift_lead"], ...] = Field(
        default=("intake_clerk", "shift_lead"), min_length=1
    )
    """Roles that may file 立案 at the desk of intake. This setting does not affect reports that are filed
    automatically."""
    return_filed_upstream: bool = False
    """True if orders of the upstream platform may be sent back 退回上级 even after filing.

    Work on the case continues until the platform takes the order back.
    """
    stage_limits: StageLimits = StageLimits()
    duplicates: DuplicateRules = DuplicateRules()
    urge_steps: UrgeSteps = UrgeSteps()
    yellow_share: float = 0.8
    """Used share of a limit up to which the light is green. Above it the light is yellow, and above 1 red."""
    rework: ReworkRule = ReworkRule()
    patrol: PatrolRules = PatrolRules()
    sample_rate: float = Field(default=0.05, ge=0, le=1)
    """Share of the approved settlements on the spot that another officer rechecks."""
    sample_seed: str = "gridloop"
    feedback_window_days: Amount = 7
    """Natural days in which a reporter can give feedback."""
    call_back_tries: Amount = Field(default=3, ge=1)
    """Number of call-backs without an answer after which the time for feedback of a reporter ends."""
    reopen_limit: Amount = 1
    """How often the answer *not solved* of the first reporter reopens a case without a person's decision."""
    extension_limit: Amount = 2
    suspension_limit: Amount = 1
    suspension_days: Amount = 365
    grade_events: int = Field(default=5, ge=1, le=10_000)
    """Least number of events for a grade on a scorecard; with fewer events a score has no grade."""
    month_freeze: Limit = Limit(amount=3, unit="work_day")
    """Time after the end of a month in which appeals still change the figures of the month."""
    emergency_severity: int = Field(default=2, ge=0, le=4)
    """Cases with this severity or a graver one start the emergency plan: with 2, cases of severity 1 (gravest) and 2.
    With 0, the severity alone never starts the plan."""
    urgent_category: CategoryId | None = None
    """Category for urgent messages of emergency services that have no known category code. `None`: the desk decides."""
    cap_categories: dict[CategoryKey, CapCategory] = Field(default_factory=dict[str, CapCategory])
    """CAP category of handed-over cases, by category or major class 大类; `Safety` for all others."""
    retention: Retention = Retention()
    leader_in_charge: str = ""
    """Post of the county leader who decides a question if the director of the centre does not."""
    leader_in_charge_en: str = ""
    hotline: str = "12345"
    """Phone number printed on notices and contact cards."""
