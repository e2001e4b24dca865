"""Passwords: argon2id, and which ones are accepted."""

from __future__ import annotations

import secrets
from threading import Lock

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

EFFORT = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19_456, parallelism=1)
"""The second of OWASP's recommended argon2id settings: 19 MiB, two passes."""

hasher = PasswordHasher.from_parameters(EFFORT)
"""Makes the hashes; what it checks says itself how it was made. Most tests put a cheap one here."""

_STRENGTH = 3
"""Least score of zxcvbn, of 0 to 4: more than 10^8 guesses for somebody who tries the likeliest passwords first."""

_ESTIMATED = 72
"""Characters of a password that zxcvbn looks at: its work grows with the square of them."""

_estimating = Lock()
"""zxcvbn keeps the words of the caller in a global."""

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


def acceptable(password: str, *own: str) -> bool:
    """Return whether a person may choose this password (NIST SP 800-63B §5.1.1.2).

    It has 10 to 128 characters and is hard to guess: no common or breached password of zxcvbn's lists, nor one of them or
    of the person's `own` words (user name, name) with small changes. Takes some milliseconds of CPU: call it in a thread.
    """
    if not 10 <= len(password) <= 128:
        return False
    with _estimating:
        found = zxcvbn(password[:_ESTIMATED], user_inputs=["gridloop", *own])
    return found["score"] >= _STRENGTH


def generated() -> str:
    """A password for a new account: 20 characters, told once."""
    return secrets.token_urlsafe(15)
