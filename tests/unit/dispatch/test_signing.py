"""Signatures: the published vector, the independent verifier, several secrets at once; secrets sealed at rest."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.dispatch.domain.delivery import signing
from services.dispatch.domain.delivery.vault import Vault

PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type":"dispatch.created","data":{"案件":"LJ-20261123-000001"}}'.encode()


def test_the_published_vector() -> None:
    key = signing.key_of(PUBLISHED_SECRET)
    signature = signing.sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_the_length_and_form_of_the_standard() -> None:
    secret = signing.new_secret()
    assert secret.startswith("whsec_")
    assert 24 <= len(signing.key_of(secret)) <= 64
    assert secret != signing.new_secret()


def test_while_secrets_rotate_a_receiver_with_either_one_verifies() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    now = int(datetime.now(UTC).timestamp())
    headers = signing.headers([signing.key_of(new), signing.key_of(old)], str(uuid4()), now, BODY)
    assert headers["webhook-signature"].count(" ") == 1
    for secret in (old, new):
        assert Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(BODY, headers)


def test_a_changed_body_or_id_or_timestamp_does_not_verify() -> None:
    secret = signing.new_secret()
    now = int(datetime.now(UTC).timestamp())
    headers = signing.headers([signing.key_of(secret)], "id", now, BODY)
    for body, changed in (
        (BODY + b" ", headers),
        (BODY, headers | {"webhook-id": "other"}),
        (BODY, headers | {"webhook-timestamp": str(now + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, changed)


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_ours_and_the_independent_implementation_sign_alike(key: bytes, text: str) -> None:
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    theirs = Webhook(base64.b64encode(key).decode()).sign("id", moment, text)
    assert signing.sign([key], "id", int(moment.timestamp()), text.encode()) == theirs


def test_a_sealed_secret_opens_only_for_its_endpoint_and_with_its_key() -> None:
    mine, other = uuid4(), uuid4()
    vault = Vault(b"k" * 32)
    sealed = vault.seal(mine, b"secret")
    assert b"secret" not in sealed
    assert vault.open(mine, sealed) == b"secret"
    assert vault.seal(mine, b"secret") != sealed
    with pytest.raises(InvalidTag):
        vault.open(other, sealed)
    with pytest.raises(InvalidTag):
        Vault(b"x" * 32).open(mine, sealed)
