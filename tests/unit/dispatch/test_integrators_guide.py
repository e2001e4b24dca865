"""The code, test vectors and lists of the integrators' guide are correct in both languages."""

from __future__ import annotations

import json
import re
import time
from typing import get_args

import pytest

from contracts.webhooks import NoticeRequested, NoticeTemplate
from services.chassis import problems, signing
from services.dispatch.domain.delivery import signatures
from services.dispatch.domain.delivery.signatures import KeyPair
from services.registry.api.keys import NewKey
from tests.support.integrators_guide import GUIDES, python_functions

LANGUAGES = pytest.mark.parametrize("language", GUIDES)


@pytest.mark.parametrize("name", ["verified", "verified_by_public_key"])
@LANGUAGES
def test_the_printed_verifier_accepts_only_our_signature(language: str, name: str) -> None:
    pair, other = KeyPair.new(), KeyPair.new()
    verified = python_functions(language)[name]
    ours, theirs = ((each.secret if name == "verified" else each.public_key) for each in (pair, other))
    body = "正文".encode()
    headers = signatures.signature_headers([KeyPair.new(), pair], signatures.SCHEMES, "id", int(time.time()), body)
    late = headers | {"webhook-timestamp": str(int(time.time()) - 301)}
    assert verified(ours, headers, body)
    assert not verified(ours, headers, "改过".encode()), "another body"
    assert not verified(theirs, headers, body), "another key"
    assert not verified(ours, late, body), "a replay after five minutes"


@LANGUAGES
def test_the_printed_notice_is_valid(language: str) -> None:
    [printed] = [text for text in re.findall(r"```json\n(.*?)```", GUIDES[language], re.DOTALL) if "notice." in text]
    assert json.loads(NoticeRequested.model_validate_json(printed).to_bytes()) == json.loads(printed)


@LANGUAGES
def test_the_printed_key_of_a_gateway_is_valid(language: str) -> None:
    [key] = re.findall(r"`POST /api/registry/keys` `(\{.*?\})`", GUIDES[language])
    assert NewKey.model_validate_json(key).roles == ("gateway",)


@LANGUAGES
def test_the_guide_explains_every_notice_template_once(language: str) -> None:
    section = GUIDES[language].split("\n## ")[8]
    rows = re.findall(r"^\| `(\w+)` \| .* \|$", section, re.MULTILINE)
    assert sorted(rows) == sorted(get_args(NoticeTemplate))


@LANGUAGES
def test_the_printed_vector_is_correct(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, message_id, sent_at, body, signature = re.findall(
        r"`(whsec_[\w+/=]+)`.*?`(msg_[^`]+)`.*?`(\d{10})`.*?`(\{[^`]+\})`.*?`(v1,[^`]+)`", GUIDES[language], re.DOTALL
    )[0]
    monkeypatch.setattr(time, "time", lambda: float(sent_at))
    headers = {"webhook-id": message_id, "webhook-timestamp": sent_at, "webhook-signature": signature}
    assert python_functions(language)["verified"](secret, headers, body.encode())


@LANGUAGES
def test_the_printed_vector_of_the_public_key_is_correct(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = GUIDES[language]
    [(public_key, signature)] = re.findall(r"`(whpk_[\w+/=]+)`.*?`(v1a,[^`]+)`", guide)
    message_id, sent_at, body = re.findall(r"`whsec_[\w+/=]+`.*?`(msg_[^`]+)`.*?`(\d{10})`.*?`(\{[^`]+\})`", guide)[0]
    monkeypatch.setattr(time, "time", lambda: float(sent_at))
    headers = {"webhook-id": message_id, "webhook-timestamp": sent_at, "webhook-signature": signature}
    assert python_functions(language)["verified_by_public_key"](public_key, headers, body.encode())


@LANGUAGES
def test_the_printed_signer_is_accepted_and_its_vector_is_correct(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = GUIDES[language].split("\n## ")[9]
    secret, message_id, sent_at, body, signature = re.findall(
        r"`(whsec_[\w+/=]+)`.*?`webhook-id` `([^`]+)`.*?`(\d{10})`.*?`(\{[^`]+\})`.*?`(v1,[^`]+)`", section, re.DOTALL
    )[0]
    monkeypatch.setattr(time, "time", lambda: float(sent_at))
    headers = python_functions(language)["signature_headers"](secret, message_id, body.encode())
    assert headers["webhook-signature"] == signature
    assert signing.signed_id([signing.key_of(secret)], headers, body.encode(), float(sent_at)) == message_id
    for refusal in (problems.SignatureMissing, problems.SignatureOutdated, problems.SignatureWrong, problems.KeyReused):
        assert f"`{refusal.type()}`" in section
