"""State of one process of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.registry.store.accounts import Accounts
from services.registry.store.token_signer import TokenSigner


@dataclass(frozen=True, slots=True)
class RegistryState:
    """Accounts and token signer of one process of the registry. The startup opens both of them."""

    accounts: Accounts = field(default_factory=Accounts)
    signer: TokenSigner = field(default_factory=TokenSigner)
