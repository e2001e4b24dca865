"""Password hashing with argon2id, and the rules for new passwords."""

from __future__ import annotations

import secrets
from threading import Lock

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

EFFORT = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19_456, parallelism=1)
"""Effort of hashing: the second of the argon2id settings that OWASP recommends (19 MiB, two passes)."""

hasher = PasswordHasher.from_parameters(EFFORT)
"""Hasher of new passwords.

Tests may replace it by a cheaper hasher, because a stored hash contains the parameters with which it was computed.
"""

_STRENGTH = 3
"""Minimum zxcvbn score (0 to 4) of a password.

An attacker who tries likely passwords first needs more than 10^8 guesses for it.
"""

_ESTIMATED = 72
"""Number of characters of a password that zxcvbn checks. Its run time grows with the square of this number."""

_estimating = Lock()
"""Lock so that only one thread calls zxcvbn, which stores `user_inputs` in a global variable."""

NO_ACCOUNT = hasher.hash(secrets.token_urlsafe(16))
"""Hash with which the password for an unknown account is compared.

So a refusal takes the same time whether the account exists or not.
"""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Takes about 20 ms of CPU: call it in a thread."""
    return hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Return whether the password matches the stored hash. Takes about 20 ms of CPU: call it in a thread."""
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def acceptable(password: str, *own: str) -> bool:
    """Return whether a person may choose this password (NIST SP 800-63B §5.1.1.2).

    The password must have 10 to 128 characters and be hard to guess. Common and breached passwords (in the lists of
    zxcvbn) are refused. So are the names of the person (`own`), and passwords that differ only a little from these.
    Takes some milliseconds of CPU: call it in a thread.
    """
    if not 10 <= len(password) <= 128:
        return False
    with _estimating:
        found = zxcvbn(password[:_ESTIMATED], user_inputs=["gridloop", *own])
    return found["score"] >= _STRENGTH


def generate_password() -> str:
    """Return a random password of 20 characters."""
    return secrets.token_urlsafe(15)
