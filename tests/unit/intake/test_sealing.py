"""Rules of what is personal: sealed for its case, found by keyed hashes only."""

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
SEAL = PersonalDataVault(base64.b64encode(b"k" * 32).decode())
PERSON = {"name": "张三", "phone": "13812345678"}


def test_sealed_and_opened_for_its_own_case_only() -> None:
    case_id = uuid4()
    sealed = SEAL.encrypt(case_id, PERSON, NOW)
    assert b"138" not in sealed.data
    assert SEAL.decrypt(case_id, sealed) == PERSON
    with pytest.raises(InvalidTag):
        SEAL.decrypt(uuid4(), sealed)
    with pytest.raises(InvalidTag):
        PersonalDataVault(base64.b64encode(b"x" * 32).decode()).decrypt(case_id, sealed)
    with pytest.raises(InvalidTag):
        SEAL.decrypt(case_id, Encrypted("2025", sealed.data))


def test_the_same_value_is_never_sealed_alike_and_each_year_has_its_key() -> None:
    case_id = uuid4()
    first, second = SEAL.encrypt(case_id, PERSON, NOW), SEAL.encrypt(case_id, PERSON, NOW.replace(year=2027))
    assert first.data != second.data
    assert (first.key_id, second.key_id) == ("2026", "2027")
    assert SEAL.decrypt(case_id, first) == SEAL.decrypt(case_id, second)


def test_a_phone_is_found_however_it_is_written_and_by_nobody_without_the_secret() -> None:
    assert SEAL.phone_hash("13812345678") == SEAL.phone_hash("+86 138-1234-5678")
    assert SEAL.phone_hash("13812345678") != PersonalDataVault(base64.b64encode(b"x" * 32).decode()).phone_hash(
        "13812345678"
    )
    assert digits("+86 138-1234-5678") == "13812345678"


def test_query_codes_are_of_one_case_and_of_clear_characters() -> None:
    code, case_id = new_query_code(), uuid4()
    assert len(code) == 6
    assert not set(code) & set("01OIL")
    assert SEAL.code_hash(case_id, code) == SEAL.code_hash(case_id, f" {code.lower()} ".strip())
    assert SEAL.code_hash(case_id, code) != SEAL.code_hash(uuid4(), code)


def test_a_limit_counts_each_key_by_itself() -> None:
    limit = RateLimit(3, 60)
    for _ in range(3):
        limit.spend("a")
    with pytest.raises(TooMany) as refused:
        limit.spend("a")
    assert 1 <= refused.value.members["seconds"] <= 20
    limit.spend("b")


def test_ids_sort_by_time_and_say_their_version() -> None:
    ids = [uuid7() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {each.version for each in ids} == {7}
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)
