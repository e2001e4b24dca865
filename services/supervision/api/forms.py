"""Request bodies. Validation masks personal numbers in free text."""

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
"""Pattern of text without NUL, which PostgreSQL cannot store."""

Text = Annotated[str, Field(max_length=1000, pattern=_NO_NUL), AfterValidator(mask)]
"""Free text in which phone, identity card and plate numbers are masked."""

RequiredText = Annotated[str, Field(min_length=1, max_length=1000, pattern=_NO_NUL), AfterValidator(mask)]
"""Free text that must not be empty, masked like `Text`."""


class Form(BaseModel):
    """Base class of request bodies. Docstrings under fields become their descriptions in OpenAPI."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class UrgeForm(Form):
    """A reminder 催办 to one unit of the case or to several."""

    dispatch_id: UUID | None = None
    """Dispatch whose unit receives the message; without it, every unit with an open dispatch receives the message."""
    text: RequiredText


class OrderForm(UrgeForm):
    """A supervision order 督办 to one unit of the case or to several."""

    kind: Literal["leader", "important"] = "leader"


class NoteForm(Form):
    """A note that gives the reason for an action."""

    note: RequiredText


class SignForm(Form):
    """A signature on a handover sheet."""

    side: Literal["outgoing", "incoming"]
    note: Text = ""


class ConfirmForm(Form):
    """The confirmation of a digest."""

    note: Text = ""


class CloseForm(Form):
    """A request to close 结案 a case by hand."""

    closing_condition_met: Literal[True]
    """Always true: the caller confirms that the closing condition is met."""
    note: Text = ""


class ReplyForm(Form):
    """A unit's reply to a supervision order or an overdue notice."""

    text: RequiredText


class AppealForm(Form):
    """An appeal 考评申诉. A subject can appeal once per case."""

    kind: Subject
    """Kind of the subject that appeals.

    The subject is the caller (an officer or a clerk), or the unit, street or county that the caller represents.
    """
    figures: tuple[str, ...] = Field(default=(), max_length=20)
    """Figures that should not count; empty means every figure that counts against the subject in this case."""
    text: RequiredText


class AssignForm(Form):
    """The officer to whom a field task is assigned."""

    officer_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]


class AnswerForm(Form):
    """The answer to a task."""

    passed: StrictBool
    """True for a positive result. What is positive depends on the kind of task.

    Recheck: the closing condition is met. Review: the outcome is approved. Request of a unit: it is granted. Question:
    it is dealt with. Appeal: it is upheld.
    """
    note: Text = ""
    """Reason; required when `passed` is false, and always for an appeal."""
    photos: tuple[Photo, ...] = Field(default=(), max_length=12)

    def finding(self, photos: tuple[Photo, ...]) -> Finding:
        """Return the answer as a domain object."""
        return Finding(passed=self.passed, note=self.note, photos=photos)


class ReviewForm(Form):
    """A leader's decision about a case under review."""

    approved: StrictBool
    note: RequiredText

    def finding(self) -> Finding:
        """Return the decision as a domain object."""
        return Finding(passed=self.approved, note=self.note)


class FeedbackForm(Form):
    """A reporter's answer after closing."""

    report_id: UUID | None = None
    """Report of the reporter. Residents omit it, because their token names the report."""
    solved: StrictBool
    satisfied: Satisfied | None = None
    comment: Text = ""

    def feedback_answer(self) -> FeedbackAnswer:
        """Return the answer as a domain object."""
        return FeedbackAnswer(solved=self.solved, satisfied=self.satisfied, comment=self.comment)


class CallBackForm(Form):
    """A call-back that brought no answer."""

    report_id: UUID
    result: CallBackResult
    note: Text = ""
