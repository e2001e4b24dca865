"""Bodies of requests. Free text is masked before it goes anywhere."""

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
"""PostgreSQL keeps no NUL."""

Text = Annotated[str, Field(max_length=1000, pattern=_NO_NUL), AfterValidator(mask)]
"""What a person writes; phone, identity-card and plate numbers are starred out."""

RequiredText = Annotated[str, Field(min_length=1, max_length=1000, pattern=_NO_NUL), AfterValidator(mask)]
"""Text that must not be missing."""


class Form(BaseModel):
    """Docstrings under fields are their descriptions in the OpenAPI document."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class UrgeForm(Form):
    """A reminder 催办."""

    dispatch_id: UUID | None = None
    """Without it every unit that still owes something is reminded."""
    text: RequiredText


class OrderForm(UrgeForm):
    """A formal order 督办."""

    kind: Literal["leader", "important"] = "leader"


class NoteForm(Form):
    """Why."""

    note: RequiredText


class SignForm(Form):
    """A signature under a handover sheet."""

    side: Literal["outgoing", "incoming"]
    note: Text = ""


class ConfirmForm(Form):
    """What there is to add to a digest."""

    note: Text = ""


class CloseForm(Form):
    """结案 by hand."""

    closing_condition_met: Literal[True]
    """Whoever closes vouches for it."""
    note: Text = ""


class ReplyForm(Form):
    """The unit's reply to a formal order, or why it is late."""

    text: RequiredText


class AppealForm(Form):
    """考评申诉, once for each case."""

    kind: Subject
    """As whom: as the unit, the officer, the clerk that the caller is, or the street that a leader answers for; a
    leader of the county for what the county itself decided and what lay nowhere.
    """
    figures: tuple[str, ...] = Field(default=(), max_length=20)
    """What should not count; none: all that counts against the subject in this case."""
    text: RequiredText


class AssignForm(Form):
    """Whom to send."""

    officer_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]


class AnswerForm(Form):
    """The answer to a task."""

    passed: StrictBool
    """Recheck: the closing condition is met. Review: approved. Extension, suspension: granted. Question: dealt with.
    Appeal: upheld."""
    note: Text = ""
    """Needed when `passed` is false."""
    photos: tuple[Photo, ...] = Field(default=(), max_length=12)

    def finding(self, photos: tuple[Photo, ...]) -> Finding:
        """As the domain takes it."""
        return Finding(passed=self.passed, note=self.note, photos=photos)


class ReviewForm(Form):
    """The leader's decision."""

    approved: StrictBool
    note: RequiredText

    def finding(self) -> Finding:
        """As the domain takes it."""
        return Finding(passed=self.approved, note=self.note)


class FeedbackForm(Form):
    """What a reporter says after closing."""

    report_id: UUID | None = None
    """Residents leave it out: their token says which report is theirs."""
    solved: StrictBool
    satisfied: Satisfied | None = None
    comment: Text = ""

    def voice(self) -> FeedbackAnswer:
        """As the domain takes it."""
        return FeedbackAnswer(solved=self.solved, satisfied=self.satisfied, comment=self.comment)


class CallBackForm(Form):
    """A call-back that brought no answer."""

    report_id: UUID
    result: CallBackResult
    note: Text = ""
