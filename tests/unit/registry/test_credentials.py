"""Passwords, tokens and bindings of accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import jwt
import pytest
from argon2 import PasswordHasher

from services.chassis.auth import ROLES, Authenticator
from services.chassis.problems import NotSignedIn
from services.registry.domain import bindings, demo, passwords, tokens
from services.registry.domain.bindings import Bindings, check_bindings
from services.registry.domain.problems import UnknownBinding
from services.registry.store.tables import Account
from tests.unit.registry.sample_district import FOLDER, lijin

SESSION = uuid4()
SECRET = "dGVzdC1zZWNyZXQtdGVzdC1zZWNyZXQtdGVzdC1zZWM="


def account(**fields: object) -> Account:
    return Account(**{"username": "o", "name": "网格员", "password_hash": "", "roles": ["officer"], **fields})  # type: ignore[arg-type]


def test_a_hash_is_argon2id_and_matches_only_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher.from_parameters(passwords.EFFORT))
    hashed = passwords.hash_password("correct-horse")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(hashed, "correct-horse")
    assert not passwords.matches(hashed, "correct-horsf")
    assert not passwords.matches("not a hash", "correct-horse")
    assert not passwords.matches(passwords.NO_ACCOUNT, "correct-horse")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "officer.one",
        "Officer.One2026",
        "password123",
        "1234567890",
        "x" * 129,
        "P@ssw0rd1234",
        "aa123456789",
        "iloveyou1314",
        "qwe123asd456",
        "gridloop2026",
        "x" * 100,
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    assert not passwords.acceptable(password, "officer.one")


@pytest.mark.parametrize("password", ["correct-horse-battery", "fjeoiwf2398", "槐树下第三盏路灯坏了两回"])
def test_a_password_that_is_hard_to_guess_is_accepted(password: str) -> None:
    assert passwords.acceptable(password, "officer.one")


def test_generated_passwords_are_acceptable_and_unique() -> None:
    made = {passwords.generate_password() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.acceptable(each, "x") for each in made)


def test_a_token_names_account_and_limits_and_ends_in_five_minutes() -> None:
    key_id, private = tokens.new_signing_key()
    claims = bindings.claims_of(account(officer_id="officer-jincheng-05", areas=["370522001"]), SESSION)
    token, expires = tokens.issue(private, key_id, claims, datetime.now(UTC))
    claims_in_token = jwt.decode(token, options={"verify_signature": False})
    assert claims_in_token["exp"] - claims_in_token["iat"] == 300
    assert int(expires.timestamp()) == claims_in_token["exp"]
    assert (claims_in_token["officer"], claims_in_token["areas"], claims_in_token["roles"]) == (
        "officer-jincheng-05",
        ["370522001"],
        ["officer"],
    )


def test_a_token_is_accepted_only_under_a_published_key() -> None:
    key_id, private = tokens.new_signing_key()
    token, _ = tokens.issue(private, key_id, bindings.claims_of(account(), SESSION), datetime.now(UTC))
    verifier = Authenticator(SECRET, "service-key")
    with pytest.raises(NotSignedIn):
        verifier.caller(token, lijin())
    records = {**lijin().records, "signing_key": {key_id: tokens.public_key_of(key_id, private)}}
    published = type(lijin()).from_records(2, records)
    assert verifier.caller(token, published).has("officer")
    other, _ = tokens.issue(
        tokens.new_signing_key()[1], key_id, bindings.claims_of(account(), SESSION), datetime.now(UTC)
    )
    with pytest.raises(NotSignedIn):
        verifier.caller(other, published)


@pytest.mark.parametrize("ended", ["session", "access"])
def test_a_token_is_refused_after_the_end_of_its_session_or_access(ended: str) -> None:
    key_id, private = tokens.new_signing_key()
    claims = bindings.claims_of(account(), SESSION)
    token, _ = tokens.issue(private, key_id, claims, datetime.now(UTC))
    records = {**lijin().records, "signing_key": {key_id: tokens.public_key_of(key_id, private)}}
    published = type(lijin()).from_records(2, records)
    verifier = Authenticator(SECRET, "service-key")
    verifier.set_ended_access(frozenset({str(uuid4())}))
    assert verifier.caller(token, published).has("officer")
    verifier.set_ended_access(frozenset({claims[ended]}))
    with pytest.raises(NotSignedIn):
        verifier.caller(token, published)


@pytest.mark.parametrize("credential", ["a_b_é", "glk_x_中文字符六个", "é", "é.é.é", "a.b.c", "glk_x_000000"])
def test_an_invalid_credential_is_refused_whatever_it_contains(credential: str) -> None:
    with pytest.raises(NotSignedIn):
        Authenticator(SECRET, "service-key").caller(credential, lijin())


@pytest.mark.parametrize(
    "bindings",
    [
        Bindings(roles=("emperor",)),
        Bindings(unit="moon"),
        Bindings(officer="nobody"),
        Bindings(team="dream"),
        Bindings(areas=("990000",)),
    ],
)
def test_only_entities_of_the_district_can_be_bound(bindings: Bindings) -> None:
    with pytest.raises(UnknownBinding):
        check_bindings(bindings, lijin())


def test_demo_accounts_are_bound_to_existing_entities_and_cover_every_role() -> None:
    accounts = demo.parse_accounts((FOLDER / "demo.jsonl").read_bytes())
    for each in accounts.values():
        check_bindings(each, lijin())
    assert {role for each in accounts.values() for role in each.roles} == set(ROLES) - {"gateway"}, (
        "that is a machine's"
    )


def test_demo_keys_are_published_only_as_hashes() -> None:
    secrets = demo.parse_secrets(
        b'{"channels": {"hotline": "k1"}, "units": {"sanitation": "k2"}, "accounts": {}, "more": 1}'
    )
    keys = demo.machine_keys(secrets, {"k1": "h1", "k2": "h2"})
    assert [(key.hash, key.unit, key.channels) for key in keys] == [
        ("h1", None, ("hotline",)),
        ("h2", "sanitation", ("department",)),
    ]
