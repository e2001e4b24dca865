"""Who may report: everybody signed in, by their channels; and whoever is not, as a resident."""

from __future__ import annotations

from fastapi import Depends, Request

from services.chassis.auth import Caller
from services.chassis.rate_limit import network_of
from services.chassis.web import Command, command, signed_caller
from services.intake.parts import Parts, parts

RESIDENT = Caller(kind="resident", id="anonymous", channels=frozenset({"resident"}))
"""Somebody on the public page."""


async def sending(request: Request, own: Parts = Depends(parts)) -> Caller:
    """Dependency: the caller; somebody who is not signed in may do so much only."""
    caller = await signed_caller(request)
    if caller is not None:
        return caller
    own.anonymous.spend(network_of(request))
    return RESIDENT


async def reporting(request: Request, cmd: Command = Depends(command), own: Parts = Depends(parts)) -> Caller:
    """Dependency: `sending`; but to ask for an answer again counts for nothing."""
    caller = await signed_caller(request)
    if caller is not None:
        return caller
    if await cmd.answered() is None:
        own.anonymous.spend(network_of(request))
    return RESIDENT
