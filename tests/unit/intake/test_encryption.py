"""Personal data: encrypted per case, and found only by keyed hashes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from services.chassis.problems import TooMany
from services.chassis.rate_limit import RateLimit
from services.intake.store.encryption import Encrypted, PersonalDataVault, digits, new_query_code
from services.intake.store.identifiers import uuid7

NOW = datetime(2026, 11, 23, tzinfo=UTC)
VAULT = PersonalDataVault(base64.b64encode(b"k" * 32).decode())
PERSON = {"name": "张三", "phone": "13812345678"}


def test_personal_data_is_decrypted_only_for_its_own_case() -> None:
    case_id = uuid4()
    encrypted = VAULT.encrypt(case_id, PERSON, NOW)
    assert b"138" not in encrypted.data
    assert VAULT.decrypt(case_id, encrypted) == PERSON
    with pytest.raises(InvalidTag):
        VAULT.decrypt(uuid4(), encrypted)
    with pytest.raises(InvalidTag):
        PersonalDataVault(base64.b64encode(b"x" * 32).decode()).decrypt(case_id, encrypted)
    with pytest.raises(InvalidTag):
        VAULT.decrypt(case_id, Encrypted("2025", encrypted.data))


def test_equal_data_is_encrypted_differently_and_each_year_has_its_key() -> None:
    case_id = uuid4()
    first, second = VAULT.encrypt(case_id, PERSON, NOW), VAULT.encrypt(case_id, PERSON, NOW.replace(year=2027))
    assert first.data != second.data
    assert (first.key_id, second.key_id) == ("2026", "2027")
    assert VAULT.decrypt(case_id, first) == VAULT.decrypt(case_id, second)


def test_a_phone_number_has_one_hash_in_any_notation_and_only_with_the_secret() -> None:
    assert VAULT.phone_hash("13812345678") == VAULT.phone_hash("+86 138-1234-5678")
    assert VAULT.phone_hash("13812345678") != PersonalDataVault(base64.b64encode(b"x" * 32).decode()).phone_hash(
        "13812345678"
    )
    assert digits("+86 138-1234-5678") == "13812345678"


def test_query_codes_belong_to_one_case_and_have_clear_characters() -> None:
    code, case_id = new_query_code(), uuid4()
    assert len(code) == 6
    assert not set(code) & set("01OIL")
    assert VAULT.code_hash(case_id, code) == VAULT.code_hash(case_id, f" {code.lower()} ".strip())
    assert VAULT.code_hash(case_id, code) != VAULT.code_hash(uuid4(), code)


def test_a_rate_limit_counts_each_key_separately() -> None:
    limit = RateLimit(3, 60)
    for _ in range(3):
        limit.spend("a")
    with pytest.raises(TooMany) as refused:
        limit.spend("a")
    assert 1 <= refused.value.members["seconds"] <= 20
    limit.spend("b")


def test_ids_sort_by_time_and_have_version_7() -> None:
    ids = [uuid7() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {each.version for each in ids} == {7}
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)
