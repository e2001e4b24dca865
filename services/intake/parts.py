"""What intake has at hand besides the chassis' context: made once per process."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from services.chassis.context import Context
from services.chassis.rate_limit import RateLimit
from services.chassis.web import context
from services.intake.cabinet import Cabinet
from services.intake.numbers import Serials, known_to_tracking
from services.intake.sealing import Seal


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything with a life of its own: caches, counters, keys, the photo folder."""

    serials: Serials
    cabinet: Cabinet
    seal: Seal
    anonymous: RateLimit = field(default_factory=lambda: RateLimit(20, 600))
    """Reports and photos of callers who are not signed in, per network."""
    masking: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    """Texts shown as they will be masked, per network."""
    follow: RateLimit = field(default_factory=lambda: RateLimit(6, 900))
    """Tries to follow one case number."""
    followers: RateLimit = field(default_factory=lambda: RateLimit(30, 900))
    """Tries to follow any case, per network."""

    @classmethod
    def of(cls, context: Context) -> Parts:
        """The parts for a running service."""
        settings = context.settings
        serials = Serials(context.database, known_to_tracking(context))
        return cls(serials, Cabinet(settings.gridloop_home), Seal(settings.gridloop_secret_key))


async def parts(request: Request) -> Parts:
    """Dependency: intake's own parts."""
    found = getattr(request.app.state, "intake", None)
    if not isinstance(found, Parts):
        found = request.app.state.intake = Parts.of(context(request))
    return found
