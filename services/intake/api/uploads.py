"""Whether photos are here, for the services in which units and officers name them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chassis.internal import service_only
from services.intake.parts import Parts, parts

router = APIRouter(prefix="/internal", dependencies=[Depends(service_only)], include_in_schema=False)

_SHA256 = "[0-9a-f]{64}"


@router.get("/photos")
async def photos(
    named: Annotated[str, Query(pattern=rf"^{_SHA256}(,{_SHA256}){{0,31}}$")], own: Parts = Depends(parts)
) -> dict[str, list[str]]:
    """Which of these, by hash with commas between them, nobody has uploaded."""
    return {"missing": own.cabinet.missing(named.split(","))}
