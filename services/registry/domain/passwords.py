"""Passwords: argon2id, which ones are accepted, and when a name is locked."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

EFFORT = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19_456, parallelism=1)
"""The second of OWASP's recommended argon2id settings: 19 MiB, two passes."""

hasher = PasswordHasher.from_parameters(EFFORT)
"""Makes the hashes; what it checks says itself how it was made. Most tests put a cheap one here."""

_FREE_FAILURES = 5
_FIRST_LOCK = timedelta(minutes=1)
_LONGEST_LOCK = timedelta(minutes=30)

_COMMON = frozenset(
    (
        "1234567890",
        "12345678910",
        "0123456789",
        "1111111111",
        "0000000000",
        "6666666666",
        "8888888888",
        "a123456789",
        "qwertyuiop",
        "1q2w3e4r5t",
        "password123",
        "password1234",
        "admin12345",
        "iloveyou123",
        "woaini1314",
        "gridloop123",
        "administrator",
    )
)

NO_ACCOUNT = hasher.hash(secrets.token_urlsafe(16))
"""Verified against when there is no such account, so that both answers take the same time."""


def hash_password(password: str) -> str:
    """The argon2id hash that is stored. Takes some 20 ms of CPU: call it in a thread."""
    return hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether the password is the one that was hashed. Takes some 20 ms of CPU: call it in a thread."""
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def acceptable(password: str, username: str) -> bool:
    """Whether a person may choose this password: long enough, not the name, not a common one (NIST SP 800-63B §5.1.1.2)."""
    plain = password.casefold()
    return 10 <= len(password) <= 128 and plain != username.casefold() and plain not in _COMMON


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Until when a name is locked after this many wrong passwords in a row: 1, 2, 4 … 30 minutes from the fifth on."""
    if failures < _FREE_FAILURES:
        return None
    doubled = _FIRST_LOCK * 2 ** min(failures - _FREE_FAILURES, 10)
    return now + min(doubled, _LONGEST_LOCK)


def generated() -> str:
    """A password for a new account: 20 characters, told once."""
    return secrets.token_urlsafe(15)
