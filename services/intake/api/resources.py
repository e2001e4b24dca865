"""Objects that all requests of an intake process share: serials, photo store, vault and rate limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from services.chassis.context import Context
from services.chassis.problems import TooMany
from services.chassis.rate_limit import RateLimit
from services.chassis.web import context_of
from services.intake.store.encryption import PersonalDataVault
from services.intake.store.photo_store import PhotoStore
from services.intake.store.serials import Serials, tracking_query


class WrongTryLimits:
    """Rate limits for wrong phone digits and wrong query codes.

    Wrong tries are counted per case and network. If a case has many wrong tries from all networks together, each
    network may make fewer wrong tries. A network without wrong tries is never refused, so an attacker on another
    network cannot lock out the reporter.
    """

    def __init__(self) -> None:
        self._of_network = RateLimit(6, 900)
        self._of_case = RateLimit(20, 900)
        self._under_attack = RateLimit(1, 3600)

    def check(self, network: str, number: str) -> None:
        """Raise `TooMany` if this network has made too many wrong tries for this case number."""
        self._of_network.check(f"{network} {number}")
        try:
            self._of_case.check(number)
        except TooMany:
            self._under_attack.check(f"{network} {number}")

    def count_wrong(self, network: str, number: str) -> None:
        """Count a wrong try of this network for this case number, even if there is no such case."""
        self._of_network.count(f"{network} {number}")
        self._of_case.count(number)
        self._under_attack.count(f"{network} {number}")


@dataclass(frozen=True, slots=True)
class Resources:
    """The objects that all requests of this process share."""

    serials: Serials
    photo_store: PhotoStore
    vault: PersonalDataVault
    anonymous: RateLimit = field(default_factory=lambda: RateLimit(20, 600))
    """Limit of reports and photos from callers who are not signed in, per network."""
    masking: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    """Limit of texts sent to be masked, per network."""
    wrong_tries: WrongTryLimits = field(default_factory=WrongTryLimits)
    """Limits of wrong tries to follow a case."""
    followers: RateLimit = field(default_factory=lambda: RateLimit(30, 900))
    """Limit of requests to follow any case, per network."""

    @classmethod
    def of(cls, context: Context) -> Resources:
        """Create the objects for a running service."""
        settings = context.settings
        serials = Serials(context.database, tracking_query(context))
        return cls(serials, PhotoStore(settings.gridloop_home), PersonalDataVault(settings.gridloop_secret_key))


async def resources(request: Request) -> Resources:
    """Dependency: the objects that all requests of this process share."""
    found: Resources = context_of(request).process_state
    return found
