"""Signatures on what we send: whoever knows the secret or the public key of a valid pair verifies, and nobody else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.dispatch.domain.delivery.signatures import SCHEMES, KeyPair, Scheme, signature_headers

BODY = '{"type":"dispatch.created","data":{"案件":"LJ-20261123-000001"}}'.encode()


def now() -> int:
    """When a test begins: five minutes after the module was read a signature of then is outdated."""
    return int(datetime.now(UTC).timestamp())


def verifies(public_key: str, given: dict[str, str], body: bytes = BODY) -> bool:
    """As the standard says it, with the cryptography library alone."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    for signature in given["webhook-signature"].split():
        if signature.startswith("v1a,"):
            try:
                key.verify(
                    base64.b64decode(signature[4:]),
                    f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body,
                )
            except InvalidSignature:
                continue
            return True
    return False


def test_while_a_pair_is_replaced_a_receiver_with_either_secret_or_public_key_verifies() -> None:
    new, old, other = KeyPair.new(), KeyPair.new(), KeyPair.new()
    given = signature_headers([new, old], SCHEMES, "id", now(), BODY)
    assert [each.partition(",")[0] for each in given["webhook-signature"].split()] == ["v1", "v1a", "v1", "v1a"]
    for pair in (new, old):
        assert Webhook(pair.secret).verify(BODY, given)
        assert verifies(pair.public_key, given)
    with pytest.raises(WebhookVerificationError):
        Webhook(other.secret).verify(BODY, given)
    assert not verifies(other.public_key, given)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_only_what_the_endpoint_asks_for_signs(scheme: Scheme) -> None:
    [signature] = signature_headers([KeyPair.new()], {scheme}, "id", now(), BODY)["webhook-signature"].split()
    assert signature.startswith(f"{scheme},")


def test_a_changed_body_or_id_or_timestamp_does_not_verify() -> None:
    pair = KeyPair.new()
    at = now()
    given = signature_headers([pair], SCHEMES, "id", at, BODY)
    for body, changed in (
        (BODY + b" ", given),
        (BODY, given | {"webhook-id": "other"}),
        (BODY, given | {"webhook-timestamp": str(at + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(pair.secret).verify(body, changed)
        assert not verifies(pair.public_key, changed, body)


def test_a_pair_is_kept_as_bytes_and_its_halves_have_the_form_of_the_standard() -> None:
    pair = KeyPair.new()
    again = KeyPair.from_bytes(pair.to_bytes())
    assert (again.secret, again.public_key) == (pair.secret, pair.public_key)
    assert (pair.secret[:6], pair.public_key[:5]) == ("whsec_", "whpk_")
    assert len(base64.b64decode(pair.public_key[5:])) == 32
