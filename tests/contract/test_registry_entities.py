"""Entities cross the wall as JSON and come back equal; readers of another edition stay calm."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from contracts.events.registry import EntityRecorded
from contracts.registry import KINDS, DistrictSettings, MachineKey, SigningKey, release_sha256
from services.registry.domain import district_files
from tests.unit.registry.lijin import FOLDER

RECORDS = district_files.load(FOLDER)
KEYS = {
    "signing_key": SigningKey(id="sign-1", public_key="AAAA"),
    "machine_key": MachineKey(id="key-1", hash="00", name="水务", unit="water", channels=("department",)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_equal_through_an_event(kind: str) -> None:
    entities = list(RECORDS.get(kind, {}).values()) or [KEYS[kind]]
    for entity in entities:
        event = EntityRecorded(release=1, kind=kind, id=entity.id, body=entity.to_body())
        body = event.to_bytes()
        assert len(body) < 20_000
        again = EntityRecorded.parse(body)
        assert isinstance(again, EntityRecorded)
        assert again.body is not None
        assert KINDS[kind].from_body(again.body) == entity


def test_field_of_a_later_edition_is_ignored_by_readers_and_refused_in_files() -> None:
    body = next(iter(RECORDS["unit"].values())).to_body() | {"hotline_of_the_future": "1"}
    assert KINDS["unit"].from_body(body).id == body["id"]
    _, findings = district_files.parse({"units.jsonl": orjson.dumps(body)})
    assert [finding.rule for finding in findings] == ["not-valid"]


def test_defaults_are_left_out_so_that_a_new_field_changes_no_old_body() -> None:
    district = DistrictSettings(id="370522", name="利津县", name_en="Lijin", case_prefix="LJ")
    assert set(district.to_body()) == {"id", "name", "name_en", "case_prefix"}


def test_entities_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        KEYS["machine_key"].id = "other"


def test_hash_of_a_release_depends_on_every_byte_and_on_the_order() -> None:
    assert release_sha256([b"a", b"b"]) != release_sha256([b"b", b"a"])
    assert release_sha256([b"ab"]) != release_sha256([b"a", b"b"])
