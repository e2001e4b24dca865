"""Registry entities survive JSON; readers ignore fields of a later version."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from contracts.events.registry import EntityRecorded
from contracts.registry import KINDS, DistrictSettings, MachineKey, SigningKey, release_sha256
from services.registry.domain import district_files
from tests.unit.registry.sample_district import FOLDER

RECORDS = district_files.load(FOLDER)
KEYS = {
    "signing_key": SigningKey(id="sign-1", public_key="AAAA"),
    "machine_key": MachineKey(id="key-1", hash="00", name="水务", unit="water", channels=("department",)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_an_event(kind: str) -> None:
    entities = list(RECORDS.get(kind, {}).values()) or [KEYS[kind]]
    for entity in entities:
        event = EntityRecorded(release=1, kind=kind, id=entity.id, body=entity.to_body())
        body = event.to_bytes()
        assert len(body) < 20_000
        again = EntityRecorded.parse(body)
        assert isinstance(again, EntityRecorded)
        assert again.body is not None
        assert KINDS[kind].from_body(again.body) == entity


def test_readers_ignore_an_unknown_field_and_files_refuse_it() -> None:
    body = next(iter(RECORDS["unit"].values())).to_body() | {"hotline_of_the_future": "1"}
    assert KINDS["unit"].from_body(body).id == body["id"]
    _, findings = district_files.parse({"units.jsonl": orjson.dumps(body)})
    assert [finding.rule for finding in findings] == ["not-valid"]


def test_defaults_are_left_out_so_that_a_new_field_does_not_change_old_bodies() -> None:
    district = DistrictSettings(id="370522", name="利津县", name_en="Lijin", case_prefix="LJ")
    assert set(district.to_body()) == {"id", "name", "name_en", "case_prefix"}


def test_an_entity_is_immutable() -> None:
    with pytest.raises(ValidationError):
        KEYS["machine_key"].id = "other"


def test_the_hash_of_a_release_depends_on_every_byte_and_on_the_order() -> None:
    assert release_sha256([b"a", b"b"]) != release_sha256([b"b", b"a"])
    assert release_sha256([b"ab"]) != release_sha256([b"a", b"b"])
