"""Senders of reports: signed-in callers with their channels, and residents with a rate limit for each network."""

from __future__ import annotations

from fastapi import Depends, Request

from services.chassis.auth import Caller
from services.chassis.rate_limit import network_of
from services.chassis.web import Command, command, signed_caller
from services.intake.api.resources import Resources, resources

RESIDENT = Caller(kind="resident", id="anonymous", channels=frozenset({"resident"}))
"""Caller for everybody who is not signed in: a person on the public page."""


async def sender(request: Request, resources: Resources = Depends(resources)) -> Caller:
    """Dependency: the signed-in caller, or `RESIDENT` within the rate limit of the network."""
    caller = await signed_caller(request)
    if caller is not None:
        return caller
    resources.anonymous.spend(network_of(request))
    return RESIDENT


async def report_sender(
    request: Request, cmd: Command = Depends(command), resources: Resources = Depends(resources)
) -> Caller:
    """Dependency: like `sender`, but a repeated request with a stored response does not use up the rate limit."""
    caller = await signed_caller(request)
    if caller is not None:
        return caller
    if await cmd.stored_response() is None:
        resources.anonymous.spend(network_of(request))
    return RESIDENT
