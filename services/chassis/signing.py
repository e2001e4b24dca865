"""Signatures after Standard Webhooks 1.0, symmetric scheme `v1`: ours on what we send, a machine's on what it sends to us.

Signed is `<webhook-id>.<webhook-timestamp>.<body>`, the body as the exact bytes that are sent. While a secret is being
replaced, the new and the old one hold beside each other.
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
"""The standard asks for 24 to 64."""

TOLERANCE = 300
"""Seconds by which a message's time may differ from ours."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_ID = re.compile(r"[!-\-/-~]{1,200}")
"""Printable, without the dot, which ends it in what is signed."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def new_secret() -> str:
    """A fresh secret as the other side gets to see it, once."""
    return secret_of(secrets.token_bytes(SECRET_BYTES))


def secret_of(key: bytes) -> str:
    """The key as a secret that is shown."""
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """The key that a shown secret stands for."""
    return base64.b64decode(secret.removeprefix(PREFIX))


def content(message_id: str, timestamp: int, body: bytes) -> bytes:
    """What is signed, in whatever scheme."""
    return b"%s.%d.%s" % (message_id.encode(), timestamp, body)


def sign(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,<base64>` for each key, in their order.

    `timestamp` is that of the attempt in Unix seconds, not of the fact.
    """
    signed = content(message_id, timestamp, body)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys)


def signed_id(keys: Iterable[bytes], given: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message that one of these keys signed within the last minutes; `given` are the request's headers.

    Raises `SignatureMissing`, `SignatureOutdated` or `SignatureWrong`.
    """
    message_id, timestamp, signatures = given.get(ID, ""), given.get(TIMESTAMP, ""), given.get(SIGNATURE, "")
    if not (_ID.fullmatch(message_id) and _TIMESTAMP.fullmatch(timestamp) and signatures):
        raise SignatureMissing
    if abs(now - int(timestamp)) > TOLERANCE:
        raise SignatureOutdated(seconds=TOLERANCE, ours=int(now))
    expected = sign(keys, message_id, int(timestamp), body).encode().split()
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures.encode().split()):
        raise SignatureWrong
    return message_id
