"""Symmetric signatures `v1` of Standard Webhooks 1.0: this system signs outgoing messages, machines sign incoming ones.

The signature covers `<webhook-id>.<webhook-timestamp>.<body>`, the body as the exact bytes sent. While a secret is
being replaced, the new and the old one are both valid.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping

from services.chassis.problems import SignatureMissing, SignatureOutdated, SignatureWrong

PREFIX = "whsec_"
SECRET_BYTES = 32
"""Length of a new secret. Standard Webhooks demands 24 to 64 bytes."""

TOLERANCE = 300
"""Maximum difference in seconds between a message's time and ours."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_ID = re.compile(r"[!-\-/-~]{1,200}")
"""Valid message ids: printable characters except the dot, which ends the id in the signed bytes."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def new_secret() -> str:
    """Return a new secret as text, `whsec_<base64>`. It is shown to the user only once."""
    return secret_of(secrets.token_bytes(SECRET_BYTES))


def secret_of(key: bytes) -> str:
    """Return the secret as text, `whsec_<base64>`, for the bytes of its key."""
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """Return the bytes of the key for a secret `whsec_<base64>`."""
    return base64.b64decode(secret.removeprefix(PREFIX))


def content(message_id: str, timestamp: int, body: bytes) -> bytes:
    """Return the bytes that a signature covers."""
    return b"%s.%d.%s" % (message_id.encode(), timestamp, body)


def sign(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` header: one `v1,<base64>` for each key, in the order of `keys`.

    `timestamp` is the Unix time in seconds of the attempt, not of the event.
    """
    signed = content(message_id, timestamp, body)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys)


def signed_id(keys: Iterable[bytes], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Return the id of a message after checking that one of these keys signed it within `TOLERANCE`.

    Raises `SignatureMissing`, `SignatureOutdated` or `SignatureWrong`.
    """
    message_id, timestamp, signatures = headers.get(ID, ""), headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (_ID.fullmatch(message_id) and _TIMESTAMP.fullmatch(timestamp) and signatures):
        raise SignatureMissing
    if abs(now - int(timestamp)) > TOLERANCE:
        raise SignatureOutdated(seconds=TOLERANCE, ours=int(now))
    expected = sign(keys, message_id, int(timestamp), body).encode().split()
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures.encode().split()):
        raise SignatureWrong
    return message_id
