"""Who may report: everybody signed in, by their channels; and whoever is not, as a resident."""

from __future__ import annotations

from fastapi import Depends, Request

from services.chassis.auth import Caller
from services.chassis.rate_limit import network_of
from services.chassis.web import Command, command, signed_caller
from services.intake.api.resources import Resources, resources

RESIDENT = Caller(kind="resident", id="anonymous", channels=frozenset({"resident"}))
"""Somebody on the public page."""


async def sender(request: Request, resources: Resources = Depends(resources)) -> Caller:
    """Dependency: the caller; somebody who is not signed in may do so much only."""
    caller = await signed_caller(request)
    if caller is not None:
        return caller
    resources.anonymous.spend(network_of(request))
    return RESIDENT


async def report_sender(
    request: Request, cmd: Command = Depends(command), resources: Resources = Depends(resources)
) -> Caller:
    """Dependency: `sender`; but to ask for an answer again counts for nothing."""
    caller = await signed_caller(request)
    if caller is not None:
        return caller
    if await cmd.answered() is None:
        resources.anonymous.spend(network_of(request))
    return RESIDENT
