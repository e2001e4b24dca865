"""HTTP API of category suggestions for a report that is being entered. A person chooses the category."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import Field

from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.forms import Form, Location
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.web import context, needs
from services.intake.domain import problems
from services.intake.domain.grids import GRIDS
from services.intake.domain.locating import GivenPlace, locate
from services.intake.domain.receiving import DESK_ROLES
from services.intake.domain.views import SuggestedCategory, suggest_categories

router = APIRouter(prefix="/api/intake", tags=["reports"])


class SuggestionForm(Form):
    """What is known about the report so far. Sent in the request body, because URLs are logged."""

    description: str = Field(max_length=2000)
    location: Location | None = None
    grid_code: str | None = None
    component_id: str | None = None


@router.post(
    "/suggestions",
    response_model=list[SuggestedCategory],
    responses=responses(*SIGNED_IN, problems.GridUnknown, problems.ComponentUnknown),
)
async def list_suggestions(
    form: SuggestionForm,
    ctx: Context = Depends(context),
    _: Caller = Depends(needs(*DESK_ROLES, "officer", "team_leader")),
) -> tuple[SuggestedCategory, ...]:
    """Return at most three suggested categories, best first. Nothing is stored."""
    district = ctx.district
    if form.component_id is not None and form.component_id not in district.components:
        raise problems.ComponentUnknown(component_id=form.component_id)
    given = GivenPlace.of(form.location, form.grid_code)
    today = ctx.clock.now().astimezone(district.zone).date()
    place = locate(given, district, GRIDS.of(district), today).place
    return suggest_categories(form.description, place, form.component_id, district)
