"""What intake has at hand besides the chassis' context: made once per process."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from services.chassis.context import Context
from services.chassis.problems import TooMany
from services.chassis.rate_limit import RateLimit
from services.chassis.web import context
from services.intake.store.encryption import PersonalDataVault
from services.intake.store.photo_store import PhotoStore
from services.intake.store.serials import Serials, tracking_query


class WrongTryLimits:
    """Limits wrong phone tails and query codes without locking out whoever knows the right one.

    Counted are wrong tries per case and network. A case at which many networks have failed allows each one fewer; a network
    that has not failed is never refused.
    """

    def __init__(self) -> None:
        self._of_network = RateLimit(6, 900)
        self._of_case = RateLimit(20, 900)
        self._under_attack = RateLimit(1, 3600)

    def check(self, network: str, number: str) -> None:
        """Raise `TooMany` if this network has tried too often at this case."""
        self._of_network.check(f"{network} {number}")
        try:
            self._of_case.check(number)
        except TooMany:
            self._under_attack.check(f"{network} {number}")

    def count_wrong(self, network: str, number: str) -> None:
        """Count a wrong try. A case number that does not exist counts like a wrong phone tail."""
        self._of_network.count(f"{network} {number}")
        self._of_case.count(number)
        self._under_attack.count(f"{network} {number}")


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything with a life of its own: caches, counters, keys, the photo folder."""

    serials: Serials
    photo_store: PhotoStore
    vault: PersonalDataVault
    anonymous: RateLimit = field(default_factory=lambda: RateLimit(20, 600))
    """Reports and photos of callers who are not signed in, per network."""
    masking: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    """Texts shown as they will be masked, per network."""
    wrong_tries: WrongTryLimits = field(default_factory=WrongTryLimits)
    """Wrong tries to follow a case."""
    followers: RateLimit = field(default_factory=lambda: RateLimit(30, 900))
    """Tries to follow any case, per network."""

    @classmethod
    def of(cls, context: Context) -> Resources:
        """The parts for a running service."""
        settings = context.settings
        serials = Serials(context.database, tracking_query(context))
        return cls(serials, PhotoStore(settings.gridloop_home), PersonalDataVault(settings.gridloop_secret_key))


async def resources(request: Request) -> Resources:
    """Dependency: intake's own parts."""
    found = getattr(request.app.state, "intake", None)
    if not isinstance(found, Resources):
        found = request.app.state.intake = Resources.of(context(request))
    return found
