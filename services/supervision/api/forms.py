"""Request bodies. Free text is masked at once."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from contracts.common import Photo
from contracts.events.evaluation import CallBackResult, Satisfied
from contracts.figures import Subject
from contracts.masking import mask
from services.supervision.domain.policies.feedback import FeedbackAnswer
from services.supervision.domain.policies.recheck import Finding

_NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot store NUL."""

Text = Annotated[str, Field(max_length=1000, pattern=_NO_NUL), AfterValidator(mask)]
"""Free text; phone, identity card and plate numbers are masked."""

RequiredText = Annotated[str, Field(min_length=1, max_length=1000, pattern=_NO_NUL), AfterValidator(mask)]
"""Free text that must not be empty."""


class Form(BaseModel):
    """Base class of request bodies. Docstrings under fields become their descriptions in OpenAPI."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class UrgeForm(Form):
    """A reminder 催办."""

    dispatch_id: UUID | None = None
    """Without it every unit with an open dispatch is reminded."""
    text: RequiredText


class OrderForm(UrgeForm):
    """A supervision order 督办."""

    kind: Literal["leader", "important"] = "leader"


class NoteForm(Form):
    """A note that gives the reason."""

    note: RequiredText


class SignForm(Form):
    """A signature on a handover sheet."""

    side: Literal["outgoing", "incoming"]
    note: Text = ""


class ConfirmForm(Form):
    """The confirmation of a digest."""

    note: Text = ""


class CloseForm(Form):
    """Closing 结案 by hand."""

    closing_condition_met: Literal[True]
    """The person who closes the case confirms that the closing condition is met."""
    note: Text = ""


class ReplyForm(Form):
    """A unit's reply to a supervision order or an overdue notice."""

    text: RequiredText


class AppealForm(Form):
    """An appeal 考评申诉, once per case."""

    kind: Subject
    """The kind of subject that the caller is or represents.

    It is the unit, officer, clerk or street; a leader of the county represents the county.
    """
    figures: tuple[str, ...] = Field(default=(), max_length=20)
    """Figures that should not count; empty means all that count against the subject in this case."""
    text: RequiredText


class AssignForm(Form):
    """The officer to assign."""

    officer_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]


class AnswerForm(Form):
    """The answer to a task."""

    passed: StrictBool
    """Recheck: the closing condition is met. Review: approved. Request: granted. Question: done. Appeal: upheld."""
    note: Text = ""
    """Required when `passed` is false."""
    photos: tuple[Photo, ...] = Field(default=(), max_length=12)

    def finding(self, photos: tuple[Photo, ...]) -> Finding:
        """Return the answer as a domain object."""
        return Finding(passed=self.passed, note=self.note, photos=photos)


class ReviewForm(Form):
    """The leader's decision."""

    approved: StrictBool
    note: RequiredText

    def finding(self) -> Finding:
        """Return the decision as a domain object."""
        return Finding(passed=self.approved, note=self.note)


class FeedbackForm(Form):
    """A reporter's answer after closing."""

    report_id: UUID | None = None
    """Residents leave it out, because their token names the report."""
    solved: StrictBool
    satisfied: Satisfied | None = None
    comment: Text = ""

    def feedback_answer(self) -> FeedbackAnswer:
        """Return the answer as a domain object."""
        return FeedbackAnswer(solved=self.solved, satisfied=self.satisfied, comment=self.comment)


class CallBackForm(Form):
    """A call-back without an answer."""

    report_id: UUID
    result: CallBackResult
    note: Text = ""
