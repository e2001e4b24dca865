"""What was reported and filed, as far as supervision needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.common import Place
from contracts.events.acceptance import CaseFiled, RecheckMode
from contracts.events.evaluation import Satisfied
from contracts.registry import Limit
from services.supervision.domain.primitives.provisional import DeadlineBasis


class Report(BaseModel):
    """A report of this case and the feedback of its reporter."""

    reporter_ref: UUID | None = None
    officer_id: str | None = None
    """Officer who made the report in the field; `None` for other reports. This officer never rechecks the case."""
    can_be_asked: bool = False
    """True if the reporter can be asked for feedback."""
    due_at: datetime | None = None
    """Deadline that an external sender set for an attached report; `None` if none was set."""
    asked: Literal["", "waiting", "answered", "lapsed"] = ""
    tries: int = 0
    """Failed call-backs since the question was asked."""
    call_due_at: datetime | None = None
    """Until when the intake desk must call; `None` unless feedback is awaited."""
    call_provisional: DeadlineBasis | None = None
    """Start and limit from which `call_due_at` is computed again; `None` once no new calendar can move it."""
    answer_until: datetime | None = None
    """Until when an answer counts; `None` unless feedback is awaited."""
    solved: bool | None = None
    satisfied: Satisfied | None = None


class FiledCase(BaseModel):
    """What the case is about, as filed or last corrected."""

    case_number: str
    category_id: str
    condition_id: str
    closing_condition: str
    closing_condition_en: str
    recheck_mode: RecheckMode
    grid_code: str
    centre_id: str
    emergency: bool = False
    confidential: bool = False
    reported_at: datetime
    case_due_at: datetime
    promise: Limit
    """Limit of the promise to the reporter, which is the limit of the last milestone."""
    from_outside: bool = False
    """True if the promise is the earlier deadline of an external sender. No calendar moves such a deadline."""
    officers: list[str] = Field(default_factory=list[str])
    """Officers who reported or settled the case before filing. They never recheck the case."""

    @property
    def recheck_subject(self) -> tuple[str, RecheckMode, str]:
        """Place, mode and closing condition on which a recheck depends."""
        return self.grid_code, self.recheck_mode, self.closing_condition

    @classmethod
    def of(cls, filed: CaseFiled) -> FiledCase:
        """Return the fields of `case_filed` that supervision needs."""
        return cls(
            case_number=filed.case_number,
            category_id=filed.category_id,
            condition_id=filed.condition_id,
            closing_condition=filed.closing_condition,
            closing_condition_en=filed.closing_condition_en,
            recheck_mode=filed.recheck_mode,
            grid_code=filed.place.grid_code,
            centre_id=filed.centre_id,
            emergency=filed.emergency,
            confidential=filed.confidential,
            reported_at=filed.reported_at,
            case_due_at=filed.case_due_at,
            promise=Limit(amount=filed.milestones[-1].amount, unit=filed.milestones[-1].unit),
            from_outside=filed.external is not None and filed.external.due_at == filed.case_due_at,
            officers=[each for each in (filed.reporter_officer_id, filed.handler_officer_id) if each],
        )


class Location(BaseModel):
    """Where the case is. For a confidential case only the community is known."""

    grid_code: str
    longitude: float | None = None
    latitude: float | None = None
    """Latitude of the case in degrees, CGCS2000."""

    @classmethod
    def of(cls, place: Place) -> Location:
        """Return the fields of a place that lists need."""
        return cls(grid_code=place.grid_code, longitude=place.longitude, latitude=place.latitude)
