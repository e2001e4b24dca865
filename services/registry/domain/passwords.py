"""Password hashing with argon2id, and the rules for new passwords."""

from __future__ import annotations

import secrets
from threading import Lock

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

EFFORT = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19_456, parallelism=1)
"""The second of OWASP's recommended argon2id settings: 19 MiB, two passes."""

hasher = PasswordHasher.from_parameters(EFFORT)
"""Hasher of new passwords. A stored hash names its own parameters, so tests may replace this one by a cheaper one."""

_STRENGTH = 3
"""Minimum zxcvbn score (0 to 4): an attacker who tries likely passwords first needs more than 10^8 guesses."""

_ESTIMATED = 72
"""Number of characters given to zxcvbn, whose run time grows with the square of the length."""

_estimating = Lock()
"""Serialises calls of zxcvbn, which stores the caller's words in a global variable."""

NO_ACCOUNT = hasher.hash(secrets.token_urlsafe(16))
"""Hash to verify against for an unknown account, so that both refusals take the same time."""


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

    It must have 10 to 128 characters and be hard to guess. Common and breached
    passwords (zxcvbn's lists) are refused, and so are the person's `own` words (user name, name) and small changes of
    either. Takes some milliseconds of CPU: call it in a thread.
    """
    if not 10 <= len(password) <= 128:
        return False
    with _estimating:
        found = zxcvbn(password[:_ESTIMATED], user_inputs=["gridloop", *own])
    return found["score"] >= _STRENGTH


def generate_password() -> str:
    """Return a random password of 20 characters."""
    return secrets.token_urlsafe(15)
