"""What the desk and the officers send."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from contracts.base import Sha256
from contracts.common import Place
from contracts.events.acceptance import NotFiledReason, Relation
from services.chassis.cases import Case
from services.chassis.forms import Form, Location, MaskedText
from services.intake.api.resources import Resources
from services.intake.domain import problems
from services.intake.domain.case import IntakeCase
from services.intake.domain.grids import GRIDS
from services.intake.domain.locating import GivenPlace, locate, place_of_component
from services.intake.domain.photos import NamedPhoto
from services.intake.domain.verification import Result


class PlaceForm(Form):
    """A place given by the desk or an officer: a point, or a grid."""

    location: Location | None = None
    grid_code: str | None = None
    address: MaskedText | None = Field(default=None, max_length=256)


class PlaceAndComponentForm(PlaceForm):
    """Where it is, and which component it is about: left out it stays as it is, null says about none. An address alone is that of
    the place which is known.
    """

    component_id: str | None = None


class FileForm(PlaceAndComponentForm):
    """What it is, and where, if that was not known."""

    category_id: str
    condition_id: str | None = None
    """May be left out where the category has only one."""


class CorrectForm(FileForm):
    """What it is, and where, if the place was wrong, too."""

    note: MaskedText = Field(min_length=1, max_length=500)
    """Why; whoever works on it is told."""


class SplitForm(PlaceAndComponentForm):
    """A part of what was told that is a problem of its own. Without a place of its own it is where the case is."""

    description: MaskedText = Field(min_length=1, max_length=2000)
    category_id: str | None = None
    condition_id: str | None = None
    photos: tuple[Sha256, ...] = Field(default=(), max_length=9)
    """Photos of the case that show it, by hash."""
    note: MaskedText = Field(min_length=1, max_length=500)
    """Why it is a matter of its own."""


class NotFileForm(Form):
    """Why not, in one word and in words for the reporter."""

    reason: NotFiledReason
    note: MaskedText = Field(default="", max_length=500)


class NoteForm(Form):
    """Why."""

    note: MaskedText = Field(min_length=1, max_length=500)


class AnswerForm(Form):
    """The answer to an inquiry: an article of the knowledge base, or words of the clerk's own."""

    knowledge_id: str | None = None
    answer: MaskedText = Field(default="", max_length=2000)


class AttachForm(Form):
    """The case that this report is really about."""

    host_case_number: str
    note: MaskedText = Field(default="", max_length=500)


class SettlementDecision(Form):
    """Whether what was settled on the spot may count."""

    approved: StrictBool
    note: MaskedText = Field(default="", max_length=500)


class LinkForm(Form):
    """Another case, and what it is to this one."""

    relation: Relation
    other_case_number: str


class VerifyForm(Form):
    """How to find out."""

    mode: Literal["site", "phone"]
    question: MaskedText = Field(default="", max_length=200)


class PassOnForm(Form):
    """Why the officer cannot do it."""

    note: MaskedText = Field(min_length=1, max_length=500)


class AssignForm(Form):
    """Whom to send."""

    officer_id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")


class TaskAnswer(PlaceForm):
    """What was found. `location` or `grid_code`: where it really is."""

    result: Result
    note: MaskedText = Field(default="", max_length=500)
    photos: tuple[NamedPhoto, ...] = Field(default=(), max_length=9)


def component_from(form: PlaceAndComponentForm, case: Case[IntakeCase]) -> str | None:
    """Which component it is about now. Raises `ComponentUnknown`."""
    if "component_id" not in form.model_fields_set:
        return case.state.component_id
    if form.component_id is not None and form.component_id not in case.district.components:
        raise problems.ComponentUnknown(component_id=form.component_id)
    return form.component_id


def place_from(where: PlaceForm, case: Case[IntakeCase], resources: Resources) -> Place | None:
    """The place a form gives, if it gives one; where no place is known, that of the component it names. An address alone is
    that of the place which is known.

    Raises `GridUnknown`, `PlaceMissing` for a point in no grid of ours.
    """
    if where.location is None and where.grid_code is None:
        known = case.state.place
        if known is not None and isinstance(where, PlaceAndComponentForm) and where.address:
            return known.model_copy(update={"address": where.address})
        named = where.component_id if isinstance(where, PlaceAndComponentForm) and known is None else None
        component = case.district.components.get(named or "")
        return place_of_component(component, where.address) if component is not None else None
    said = GivenPlace.of(where.location, where.grid_code, where.address)
    today = case.now.astimezone(case.district.zone).date()
    located = locate(said, case.district, GRIDS.of(case.district), today)
    if located.place is None:
        raise problems.PlaceMissing
    return located.place
