"""The state that supervision keeps of one case, and functions that emit and apply the events of the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.base import Event, StoredDocument
from contracts.case_state import CaseState
from contracts.case_steps import fold
from contracts.common import Mode
from contracts.grid_codes import community_of
from contracts.masking import withhold
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives.assist import Assist
from services.supervision.domain.primitives.clock_state import Clock
from services.supervision.domain.primitives.handling_state import Dispatch, Handlers, Notice
from services.supervision.domain.primitives.report_state import FiledCase, Location, Report
from services.supervision.domain.primitives.task_state import Task


class Changes(BaseModel):
    """Rows that the store must write in this transaction. They are not part of the stored state."""

    tasks: set[UUID] = Field(default_factory=set[UUID])
    reports: set[UUID] = Field(default_factory=set[UUID])
    """Reports whose feedback question was asked, changed or closed."""
    clocks: bool = False
    """True if this transaction may have changed whether the case has a provisional deadline."""


def has_ended(flow: CaseState) -> bool:
    """Return True if the case is closed, voided, withdrawn, not filed or attached to another case."""
    return bool(flow.closed or flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What evaluation must know about an event besides its content."""

    case_id: UUID
    at: datetime
    """When the event was stated."""
    district: RegistrySnapshot
    had_ended: bool
    """True if the case had ended before the event."""


class SupervisedCase(StoredDocument):
    """The state that supervision keeps of one case. The subclass `ScoredCase` adds the scores of evaluation."""

    flow: CaseState = Field(default_factory=CaseState)
    """Stage and status. Every service derives them from the events in the same way."""
    case_number: str = ""
    mode: Mode = "actual"
    registered_at: datetime | None = None
    """When the first report was registered.

    The promise to the reporter runs from this time, even if the problem occurred earlier.
    """
    first_report: UUID | None = None
    reports: dict[UUID, Report] = Field(default_factory=dict[UUID, Report])
    location: Location | None = None
    filed_case: FiledCase | None = None
    filed_at: datetime | None = None
    dispatches: dict[UUID, Dispatch] = Field(default_factory=dict[UUID, Dispatch])
    clocks: dict[UUID, Clock] = Field(default_factory=dict[UUID, Clock])
    tasks: dict[UUID, Task] = Field(default_factory=dict[UUID, Task])
    notices: dict[UUID, Notice] = Field(default_factory=dict[UUID, Notice])
    """Notices that wait for a unit's reply: overdue notices by clock id, supervision orders by order id."""
    outcome: str = ""
    """Outcome of the last handling or settlement, as stated by the unit or officer."""
    assist: Assist | None = None
    """The request for help 协助, if this is the state of a request; otherwise `None`.

    A request is not a case, so every other field is then empty.
    """
    authorities: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Dispatch to a coordinated unit → authority above that unit that was asked to step in."""
    handlers: Handlers = Field(default_factory=Handlers)
    settled_by: str | None = None
    """Officer who settled the case on the spot."""
    recheck_round: int = 0
    failures: int = 0
    returns: int = 0
    promise_judged: bool = False
    """True once the promise to the reporter was judged, at the first closing. This judgement is final."""
    county_called: bool = False
    """True once the street has asked the county centre to decide instead 乡呼县应, at most once per case."""
    reworks: int = 0
    reopened: int = 0
    reopened_by_reporter: int = 0
    overdue: set[UUID] = Field(default_factory=set[UUID])
    """Clocks that became overdue.

    A correction can remove a clock. An upheld appeal does not remove it; the clock is only not counted.
    """
    changes: Changes = Field(default_factory=Changes, exclude=True)

    @property
    def provisional(self) -> bool:
        """True if a new calendar can still move a deadline of the case."""
        return (
            any(clock.provisional for clock in self.clocks.values())
            or any(report.call_provisional is not None for report in self.reports.values())
            or any(notice.provisional is not None for notice in self.notices.values())
            or any(task.provisional is not None and task.waiting for task in self.tasks.values())
            or (self.assist is not None and self.assist.provisional)
        )

    @property
    def took_part(self) -> set[str]:
        """Officers who reported, settled or handled the case. None of them may judge the case."""
        reporters = (each.officer_id for each in self.reports.values())
        filed = self.filed_case.officers if self.filed_case is not None else ()
        return {each for each in (*filed, *reporters, self.settled_by, *self.handlers.officers) if each}

    @property
    def ended(self) -> bool:
        """True if the case is closed, voided, withdrawn, not filed or attached to another case."""
        return has_ended(self.flow)

    @property
    def in_confidence(self) -> bool:
        """True if the case was filed as confidential, so that free text about it must not be kept."""
        return self.flow.filed and self.flow.confidential

    def redact_texts(self) -> None:
        """Remove free text and exact places recorded before the case became confidential."""
        for notice in self.notices.values():
            notice.text, notice.text_en = self.withhold(notice.text), self.withhold(notice.text_en)
        for task in self.tasks.values():
            task.note, task.grid_code = self.withhold(task.note), community_of(task.grid_code)
        self.changes.tasks |= set(self.tasks)
        for clock in self.clocks.values():
            clock.grid_code = community_of(clock.grid_code)

    def withhold(self, text: str) -> str:
        """Return the text as it may be kept and passed on: empty for a confidential case."""
        return withhold(text, confidential=self.flow.confidential)

    def count(self, event: Event, occurrence: Occurrence) -> None:
        """Count an event in the scores of the case.

        This base class has no scores; `ScoredCase` overrides this method.
        """

    def lead_dispatch_id(self) -> UUID | None:
        """Return the id of the latest lead dispatch that is open or completed; `None` without one."""
        answering = {
            key: each.place
            for key, each in self.flow.dispatches.items()
            if each.role == "lead" and (each.open or each.status == "completed")
        }
        return max(answering, key=lambda key: answering[key], default=None)


SupervisionCase = Case[SupervisedCase]


def emit_event(case: SupervisionCase, event: Event) -> None:
    """Emit an event and apply it to the state of the case."""
    case.emit(event)
    apply_event(case, event, case.now)


def apply_event(case: SupervisionCase, event: Event, at: datetime) -> bool:
    """Apply an event to stage, status and figures of the case. Return True if the case had ended before the event."""
    had_ended = case.state.ended
    fold(case.state.flow, event)
    case.state.count(event, Occurrence(case.id, at, case.district, had_ended))
    return had_ended
