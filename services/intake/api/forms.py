"""Request forms that the desk and the officers send."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from contracts.base import Sha256
from contracts.common import Place
from contracts.events.acceptance import NotFiledReason, Relation
from services.chassis.cases import Case
from services.chassis.forms import Form, Location, MaskedText
from services.intake.domain import problems
from services.intake.domain.case import IntakeCase
from services.intake.domain.grids import GRIDS
from services.intake.domain.locating import GivenPlace, locate, place_of_component
from services.intake.domain.photos import NamedPhoto
from services.intake.domain.verification import Result


class PlaceForm(Form):
    """A place that the desk or an officer gives: a point or a grid, and an optional address."""

    location: Location | None = None
    grid_code: str | None = None
    address: MaskedText | None = Field(default=None, max_length=256)


class PlaceAndComponentForm(PlaceForm):
    """Place and component of a case.

    A missing `component_id` keeps the present component; `null` removes the component. An address without location and
    grid becomes the address of the known place.
    """

    component_id: str | None = None


class FileForm(PlaceAndComponentForm):
    """Category and filing condition of a case, and its place if the place is not known yet."""

    category_id: str
    condition_id: str | None = None
    """Filing condition of the case. Optional if the category has only one."""


class CorrectForm(FileForm):
    """The right category and filing condition of a case, and the right place if the place was wrong."""

    note: MaskedText = Field(min_length=1, max_length=500)
    """Reason for the correction, shown to the units that handle the case."""


class SplitForm(PlaceAndComponentForm):
    """A part of a report that becomes a case of its own. By default, the part has the place of the original case."""

    description: MaskedText = Field(min_length=1, max_length=2000)
    category_id: str | None = None
    condition_id: str | None = None
    photos: tuple[Sha256, ...] = Field(default=(), max_length=9)
    """Hashes of photos of the original case that show the problem of this part."""
    note: MaskedText = Field(min_length=1, max_length=500)
    """Why the part is a separate problem."""


class NotFileForm(Form):
    """Reason for not filing, as a code and as text for the reporter."""

    reason: NotFiledReason
    note: MaskedText = Field(default="", max_length=500)


class NoteForm(Form):
    """Reason for the desk's decision about a case."""

    note: MaskedText = Field(min_length=1, max_length=500)


class AnswerForm(Form):
    """The answer to an inquiry: an article of the knowledge base or the clerk's own text."""

    knowledge_id: str | None = None
    answer: MaskedText = Field(default="", max_length=2000)


class AttachForm(Form):
    """The case to attach this report to, because both are about the same problem."""

    host_case_number: str
    note: MaskedText = Field(default="", max_length=500)


class SettlementDecision(Form):
    """Whether the desk approves the settlement on the spot."""

    approved: StrictBool
    note: MaskedText = Field(default="", max_length=500)


class LinkForm(Form):
    """The case to link, and its relation to this one: parent, child, related or recurrence."""

    relation: Relation
    other_case_number: str


class VerifyForm(Form):
    """How to verify the report, and the question that the verification must answer."""

    mode: Literal["site", "phone"]
    question: MaskedText = Field(default="", max_length=200)


class PassOnForm(Form):
    """Why the officer gives up the verification task."""

    note: MaskedText = Field(min_length=1, max_length=500)


class AssignForm(Form):
    """The officer to assign the verification task to."""

    officer_id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")


class TaskAnswer(PlaceForm):
    """The result of a verification. `location` or `grid_code` give the right place if the reported place was wrong."""

    result: Result
    note: MaskedText = Field(default="", max_length=500)
    photos: tuple[NamedPhoto, ...] = Field(default=(), max_length=9)


def component_from(form: PlaceAndComponentForm, case: Case[IntakeCase]) -> str | None:
    """Return the component of the case after the form is applied. Raises `ComponentUnknown`."""
    if "component_id" not in form.model_fields_set:
        return case.state.component_id
    if form.component_id is not None and form.component_id not in case.district.components:
        raise problems.ComponentUnknown(component_id=form.component_id)
    return form.component_id


def place_from(form: PlaceForm, case: Case[IntakeCase]) -> Place | None:
    """Return the place that the form gives, or `None` if the form gives none.

    Without location and grid, an address becomes the address of the known place. If no place is known, the component
    that the form names gives the place. Raises `GridUnknown`, and `PlaceMissing` for a point outside all grids.
    """
    if form.location is None and form.grid_code is None:
        known = case.state.place
        if known is not None and isinstance(form, PlaceAndComponentForm) and form.address:
            return known.model_copy(update={"address": form.address})
        component_id = form.component_id if isinstance(form, PlaceAndComponentForm) and known is None else None
        component = case.district.components.get(component_id or "")
        return place_of_component(component, form.address) if component is not None else None
    given = GivenPlace.of(form.location, form.grid_code, form.address)
    today = case.now.astimezone(case.district.zone).date()
    located = locate(given, case.district, GRIDS.of(case.district), today)
    if located.place is None:
        raise problems.PlaceMissing
    return located.place
