"""Signatures: the published vector, the independent signer, what machines sign; secrets sealed at rest."""

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


def test_the_published_vector() -> None:
    key = signing.key_of(PUBLISHED_SECRET)
    signature = signing.sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_the_length_and_form_of_the_standard() -> None:
    secret = signing.new_secret()
    assert secret.startswith("whsec_")
    assert 24 <= len(signing.key_of(secret)) <= 64
    assert secret != signing.new_secret()


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_ours_and_the_independent_implementation_sign_alike(key: bytes, text: str) -> None:
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    theirs = Webhook(base64.b64encode(key).decode()).sign("id", moment, text)
    assert signing.sign([key], "id", int(moment.timestamp()), text.encode()) == theirs


def test_a_sealed_secret_opens_only_for_its_owner_and_with_its_key() -> None:
    vault = Vault(SECRET_KEY, "here")
    sealed = vault.encrypt(b"mine", b"secret")
    assert b"secret" not in sealed
    assert vault.decrypt(b"mine", sealed) == b"secret"
    assert vault.encrypt(b"mine", b"secret") != sealed
    for other, owner in (
        (vault, b"other"),
        (Vault(SECRET_KEY, "elsewhere"), b"mine"),
        (Vault(base64.b64encode(b"j" * 32).decode(), "here"), b"mine"),
    ):
        with pytest.raises(InvalidTag):
            other.decrypt(owner, sealed)


class Machine:
    """A partner's system, and the service to which it speaks."""

    def __init__(self) -> None:
        self.service = Authenticator(SECRET_KEY, "service")
        self.vault = Vault(SECRET_KEY, MESSAGE_SECRETS)
        self.now = datetime.now(UTC)

    def key(self, *secrets: tuple[str, timedelta | None], signed_from: timedelta = -timedelta(hours=1)) -> MachineKey:
        """Its key, with secrets and when each ends."""
        kept = tuple(
            MessageSecret(
                encrypted=base64.b64encode(self.vault.encrypt(b"key-110", signing.key_of(secret))).decode(),
                valid_to=None if ends is None else self.now + ends,
            )
            for secret, ends in secrets
        )
        return MachineKey(id="key-110", hash="00", name="110", secrets=kept, signed_from=self.now + signed_from)

    def heard(self, key: MachineKey, headers: dict[str, str], body: bytes = BODY) -> str | None:
        return self.service.signed_id(key, headers, body)

    def says(self, secret: str, message_id: str = "110-0009", at: int = 0) -> dict[str, str]:
        sent_at = self.now + timedelta(seconds=at)
        return {
            signing.ID: message_id,
            signing.TIMESTAMP: str(int(sent_at.timestamp())),
            signing.SIGNATURE: Webhook(secret).sign(message_id, sent_at, BODY.decode()),
        }


def test_what_a_machine_signed_is_told_by_its_id_and_everything_else_is_refused_with_what_to_do() -> None:
    machine, secret = Machine(), signing.new_secret()
    key, good = machine.key((secret, None)), machine.says(secret)
    assert machine.heard(key, good) == "110-0009"
    several = good | {signing.SIGNATURE: f"v1a,AAAA v1,é {good[signing.SIGNATURE]}"}
    assert machine.heard(key, several) == "110-0009", "one is enough"
    refused: list[tuple[type[Problem], dict[str, str]]] = [
        (SignatureMissing, {}),
        (SignatureMissing, good | {signing.SIGNATURE: ""}),
        (SignatureMissing, good | {signing.TIMESTAMP: "soon"}),
        (SignatureMissing, machine.says(secret, "110.0009")),
        (SignatureOutdated, machine.says(secret, at=-signing.TOLERANCE - 60)),
        (SignatureOutdated, machine.says(secret, at=signing.TOLERANCE + 60)),
        (SignatureWrong, machine.says(signing.new_secret())),
        (SignatureWrong, good | {signing.ID: "110-0010"}),
        (SignatureWrong, good | {signing.SIGNATURE: "v1,é"}),
    ]
    for problem, headers in refused:
        with pytest.raises(problem):
            machine.heard(key, headers)
    with pytest.raises(SignatureWrong):
        machine.heard(key, good, BODY + b" ")


def test_a_former_secret_holds_until_it_ends_and_no_signature_is_asked_before_the_agreed_hour() -> None:
    machine, new, old = Machine(), signing.new_secret(), signing.new_secret()
    ends = machine.key((new, None), (old, timedelta(hours=1)))
    assert [machine.heard(ends, machine.says(each)) for each in (new, old)] == ["110-0009"] * 2
    with pytest.raises(SignatureWrong):
        machine.heard(machine.key((new, None), (old, -timedelta(seconds=1))), machine.says(old))
    soon = machine.key((new, None), signed_from=timedelta(hours=24))
    assert machine.heard(soon, {}) is None
    assert machine.heard(soon, machine.says(new)) == "110-0009"
    with pytest.raises(SignatureWrong):
        machine.heard(soon, machine.says(old))
