"""What a confidential matter is called in events, where its category must not stand: by a hash under the installation's key.

Routing finds the competent unit by it, who reads the log learns nothing: the hash of one matter differs from case to case.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from uuid import UUID

from services.chassis import keys
from services.chassis.registry_snapshot import RegistrySnapshot


@dataclass(frozen=True, slots=True)
class CategoryPseudonyms:
    """Makes and reads the keyed hashes."""

    key: bytes = b""

    @classmethod
    def of(cls, secret_key: str) -> CategoryPseudonyms:
        """`secret_key`: the installation's `GRIDLOOP_SECRET_KEY`."""
        return cls(keys.derive(secret_key, "confidential-matters"))

    def pseudonym_of(self, case_id: UUID, category_id: str) -> str:
        """What stands for the category in the events of this case."""
        return hmac.digest(self.key, case_id.bytes + category_id.encode(), "sha256").hex()

    def category_of(self, case_id: UUID, said: str, district: RegistrySnapshot) -> str | None:
        """The category that this stands for; none when the release in force no longer has it, or the key is another."""
        secret = (each.id for each in district.categories.values() if each.confidential)
        return next((each for each in secret if hmac.compare_digest(self.pseudonym_of(case_id, each), said)), None)
