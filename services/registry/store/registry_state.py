"""The registry's per-process state."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.registry.store.accounts import Accounts
from services.registry.store.token_signer import TokenSigner


@dataclass(frozen=True, slots=True)
class RegistryState:
    """Accounts and token signer of one running registry. Opened at startup, closed at shutdown."""

    accounts: Accounts = field(default_factory=Accounts)
    signer: TokenSigner = field(default_factory=TokenSigner)
