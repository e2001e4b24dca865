"""What the guide for units tells them to do works."""

from __future__ import annotations

import json
import re
import time
from typing import Any, get_args

import pytest

from contracts.webhooks import NoticeRequested, NoticeTemplate
from services.chassis import problems, signing
from services.dispatch.domain.delivery import signatures
from services.dispatch.domain.delivery.signatures import KeyPair
from services.registry.api.keys import NewKey
from tests.support.guide import GUIDE, printed_functions


def verifier() -> Any:
    """The function by which a receiver tells what is ours."""
    return printed_functions()["verified"]


def test_the_printed_verifier_accepts_ours_and_refuses_others() -> None:
    pair, other = KeyPair.new(), KeyPair.new()
    headers = signatures.signature_headers(
        [KeyPair.new(), pair], signatures.SCHEMES, "id", int(time.time()), "正文".encode()
    )
    late = headers | {"webhook-timestamp": str(int(time.time()) - 301)}
    for verified, ours, held_by_emergency_service in (
        (verifier(), pair.secret, other.secret),
        (printed_functions()["verified_by_public_key"], pair.public_key, other.public_key),
    ):
        assert verified(ours, headers, "正文".encode())
        assert not verified(ours, headers, "改过".encode())
        assert not verified(held_by_emergency_service, headers, "正文".encode())
        assert not verified(ours, late, "正文".encode())


def test_the_printed_notice_is_one_and_every_template_is_explained_in_both_languages() -> None:
    [printed] = [text for text in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL) if "notice.requested" in text]
    notice = NoticeRequested.model_validate_json(printed)
    for key in re.findall(r"`POST /api/registry/keys` `(\{.*?\})`", GUIDE):
        assert NewKey.model_validate_json(key).roles == ("gateway",)
    assert json.loads(notice.to_bytes()) == json.loads(printed)
    assert set(re.findall(r"^\| `(\w+)` \| .* \|$", GUIDE, re.MULTILINE)) == set(get_args(NoticeTemplate))
    assert all(GUIDE.count(f"| `{template}` |") == 2 for template in get_args(NoticeTemplate))


def test_the_printed_vector_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, message_id, sent_at, body, signature = re.findall(
        r"`(whsec_[\w+/=]+)`.*?`(msg_[^`]+)`.*?`(\d{10})`.*?`(\{[^`]+\})`.*?`(v1,[^`]+)`", GUIDE, re.DOTALL
    )[0]
    monkeypatch.setattr(time, "time", lambda: float(sent_at))
    headers = {"webhook-id": message_id, "webhook-timestamp": sent_at, "webhook-signature": signature}
    assert verifier()(secret, headers, body.encode())


def test_the_printed_vector_of_the_public_key_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    [(public_key, signature)] = re.findall(r"`(whpk_[\w+/=]+)`.*?`(v1a,[^`]+)`", GUIDE)
    message_id, sent_at, body = re.findall(r"`whsec_[\w+/=]+`.*?`(msg_[^`]+)`.*?`(\d{10})`.*?`(\{[^`]+\})`", GUIDE)[0]
    monkeypatch.setattr(time, "time", lambda: float(sent_at))
    headers = {"webhook-id": message_id, "webhook-timestamp": sent_at, "webhook-signature": signature}
    assert printed_functions()["verified_by_public_key"](public_key, headers, body.encode())


def test_the_printed_signer_makes_what_we_accept_and_its_vector_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    section = GUIDE[GUIDE.index("### 九") : GUIDE.index("## English")]
    secret, message_id, sent_at, body, signature = re.findall(
        r"`(whsec_[\w+/=]+)`.*?`webhook-id` `([^`]+)`.*?`(\d{10})`.*?`(\{[^`]+\})`.*?`(v1,[^`]+)`", section, re.DOTALL
    )[0]
    monkeypatch.setattr(time, "time", lambda: float(sent_at))
    headers = printed_functions()["signed"](secret, message_id, body.encode())
    assert headers["webhook-signature"] == signature
    assert signing.signed_id([signing.key_of(secret)], headers, body.encode(), float(sent_at)) == message_id
    for refusal in (problems.SignatureMissing, problems.SignatureOutdated, problems.SignatureWrong, problems.KeyReused):
        assert GUIDE.count(f"`{refusal.type()}`") == 2, "told in both languages"
