"""Pseudonyms of confidential categories in events.

An event about a confidential case names its category by a keyed hash. Routing can resolve the hash. A reader of the
broker's log cannot, and the same category has a different pseudonym in each case.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from uuid import UUID

from services.chassis import keys
from services.chassis.registry_snapshot import RegistrySnapshot


@dataclass(frozen=True, slots=True)
class CategoryPseudonyms:
    """Computes and resolves the pseudonyms."""

    key: bytes = b""

    @classmethod
    def of(cls, secret_key: str) -> CategoryPseudonyms:
        """Return the pseudonyms of the installation with this `GRIDLOOP_SECRET_KEY`."""
        return cls(keys.derive(secret_key, "confidential-matters"))

    def pseudonym_of(self, case_id: UUID, category_id: str) -> str:
        """Return the pseudonym of a category in the events of this case."""
        return hmac.digest(self.key, case_id.bytes + category_id.encode(), "sha256").hex()

    def category_of(self, case_id: UUID, pseudonym: str, district: RegistrySnapshot) -> str | None:
        """Return the category of a pseudonym; `None` if the release no longer has the category or the key differs."""
        secret = (each.id for each in district.categories.values() if each.confidential)
        return next((each for each in secret if hmac.compare_digest(self.pseudonym_of(case_id, each), pseudonym)), None)
