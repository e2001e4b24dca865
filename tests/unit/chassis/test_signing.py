"""Signatures of messages (Standard Webhooks) and the encryption of stored secrets."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from contracts.registry import MachineKey, MessageSecret
from services.chassis import signing
from services.chassis.auth import MESSAGE_SECRETS, Authenticator
from services.chassis.problems import Problem, SignatureMissing, SignatureOutdated, SignatureWrong
from services.chassis.vault import Vault

PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRET_KEY = base64.b64encode(b"k" * 32).decode()
BODY = '{"type":"dispatch.created","data":{"案件":"LJ-20261123-000001"}}'.encode()


def test_the_example_of_the_standard_is_reproduced() -> None:
    key = signing.key_of(PUBLISHED_SECRET)
    signature = signing.sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_new_secret_has_the_length_and_form_of_the_standard() -> None:
    secret = signing.new_secret()
    assert secret.startswith("whsec_")
    assert 24 <= len(signing.key_of(secret)) <= 64
    assert secret != signing.new_secret()


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_our_signature_equals_that_of_the_reference_library(key: bytes, text: str) -> None:
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    theirs = Webhook(base64.b64encode(key).decode()).sign("id", moment, text)
    assert signing.sign([key], "id", int(moment.timestamp()), text.encode()) == theirs


def test_an_encrypted_secret_is_decrypted_only_for_its_owner_and_with_its_key() -> None:
    vault = Vault(SECRET_KEY, "here")
    encrypted = vault.encrypt(b"mine", b"secret")
    assert b"secret" not in encrypted
    assert vault.decrypt(b"mine", encrypted) == b"secret"
    assert vault.encrypt(b"mine", b"secret") != encrypted
    for other, owner in (
        (vault, b"other"),
        (Vault(SECRET_KEY, "elsewhere"), b"mine"),
        (Vault(base64.b64encode(b"j" * 32).decode(), "here"), b"mine"),
    ):
        with pytest.raises(InvalidTag):
            other.decrypt(owner, encrypted)


class PartnerSystem:
    """A partner's system and the service to which it sends signed messages."""

    def __init__(self) -> None:
        self.service = Authenticator(SECRET_KEY, "service")
        self.vault = Vault(SECRET_KEY, MESSAGE_SECRETS)
        self.now = datetime.now(UTC)

    def key(self, *secrets: tuple[str, timedelta | None], signed_from: timedelta = -timedelta(hours=1)) -> MachineKey:
        """Return the partner's key, with its secrets and the end of each."""
        kept = tuple(
            MessageSecret(
                encrypted=base64.b64encode(self.vault.encrypt(b"key-110", signing.key_of(secret))).decode(),
                valid_to=None if ends is None else self.now + ends,
            )
            for secret, ends in secrets
        )
        return MachineKey(id="key-110", hash="00", name="110", secrets=kept, signed_from=self.now + signed_from)

    def accepted_id(self, key: MachineKey, headers: dict[str, str], body: bytes = BODY) -> str | None:
        return self.service.signed_id(key, headers, body)

    def signed_headers(self, secret: str, message_id: str = "110-0009", at: int = 0) -> dict[str, str]:
        sent_at = self.now + timedelta(seconds=at)
        return {
            signing.ID: message_id,
            signing.TIMESTAMP: str(int(sent_at.timestamp())),
            signing.SIGNATURE: Webhook(secret).sign(message_id, sent_at, BODY.decode()),
        }


def test_a_signed_message_is_accepted_with_its_id_and_any_other_is_refused_with_the_remedy() -> None:
    partner, secret = PartnerSystem(), signing.new_secret()
    key, good = partner.key((secret, None)), partner.signed_headers(secret)
    assert partner.accepted_id(key, good) == "110-0009"
    several = good | {signing.SIGNATURE: f"v1a,AAAA v1,é {good[signing.SIGNATURE]}"}
    assert partner.accepted_id(key, several) == "110-0009", "one valid signature is enough"
    refused: list[tuple[type[Problem], dict[str, str]]] = [
        (SignatureMissing, {}),
        (SignatureMissing, good | {signing.SIGNATURE: ""}),
        (SignatureMissing, good | {signing.TIMESTAMP: "soon"}),
        (SignatureMissing, partner.signed_headers(secret, "110.0009")),
        (SignatureOutdated, partner.signed_headers(secret, at=-signing.TOLERANCE - 60)),
        (SignatureOutdated, partner.signed_headers(secret, at=signing.TOLERANCE + 60)),
        (SignatureWrong, partner.signed_headers(signing.new_secret())),
        (SignatureWrong, good | {signing.ID: "110-0010"}),
        (SignatureWrong, good | {signing.SIGNATURE: "v1,é"}),
    ]
    for problem, headers in refused:
        with pytest.raises(problem):
            partner.accepted_id(key, headers)
    with pytest.raises(SignatureWrong):
        partner.accepted_id(key, good, BODY + b" ")


def test_a_former_secret_is_valid_until_its_end_and_signatures_are_required_from_the_agreed_time() -> None:
    partner, new, old = PartnerSystem(), signing.new_secret(), signing.new_secret()
    ends = partner.key((new, None), (old, timedelta(hours=1)))
    assert [partner.accepted_id(ends, partner.signed_headers(each)) for each in (new, old)] == ["110-0009"] * 2
    with pytest.raises(SignatureWrong):
        partner.accepted_id(partner.key((new, None), (old, -timedelta(seconds=1))), partner.signed_headers(old))
    soon = partner.key((new, None), signed_from=timedelta(hours=24))
    assert partner.accepted_id(soon, {}) is None
    assert partner.accepted_id(soon, partner.signed_headers(new)) == "110-0009"
    with pytest.raises(SignatureWrong):
        partner.accepted_id(soon, partner.signed_headers(old))
