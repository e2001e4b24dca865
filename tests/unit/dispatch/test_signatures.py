"""Signatures of webhooks: receivers with a valid secret or public key verify them, others do not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.dispatch.domain.delivery.signatures import SCHEMES, KeyPair, Scheme, signature_headers
from tests.support.webhook_signatures import verifies

BODY = '{"type":"dispatch.created","data":{"案件":"LJ-20261123-000001"}}'.encode()


def now() -> int:
    """Return the current time; a signature is outdated after five minutes, so a constant would not do."""
    return int(datetime.now(UTC).timestamp())


def test_during_a_key_rotation_both_key_pairs_verify() -> None:
    new, old, other = KeyPair.new(), KeyPair.new(), KeyPair.new()
    headers = signature_headers([new, old], SCHEMES, "id", now(), BODY)
    assert [each.partition(",")[0] for each in headers["webhook-signature"].split()] == ["v1", "v1a", "v1", "v1a"]
    for pair in (new, old):
        assert Webhook(pair.secret).verify(BODY, headers)
        assert verifies(pair.public_key, headers, BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(other.secret).verify(BODY, headers)
    assert not verifies(other.public_key, headers, BODY)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_only_the_schemes_of_the_endpoint_sign(scheme: Scheme) -> None:
    [signature] = signature_headers([KeyPair.new()], {scheme}, "id", now(), BODY)["webhook-signature"].split()
    assert signature.startswith(f"{scheme},")


def test_a_changed_body_id_or_timestamp_does_not_verify() -> None:
    pair = KeyPair.new()
    at = now()
    headers = signature_headers([pair], SCHEMES, "id", at, BODY)
    for body, changed in (
        (BODY + b" ", headers),
        (BODY, headers | {"webhook-id": "other"}),
        (BODY, headers | {"webhook-timestamp": str(at + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(pair.secret).verify(body, changed)
        assert not verifies(pair.public_key, changed, body)


def test_a_key_pair_is_stored_as_bytes_in_the_form_of_the_standard() -> None:
    pair = KeyPair.new()
    again = KeyPair.from_bytes(pair.to_bytes())
    assert (again.secret, again.public_key) == (pair.secret, pair.public_key)
    assert (pair.secret[:6], pair.public_key[:5]) == ("whsec_", "whpk_")
    assert len(base64.b64decode(pair.public_key[5:])) == 32
