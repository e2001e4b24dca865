"""Releases of the registry: published and consumed completely, and wrong ones refused completely."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from contracts.events.registry import REGISTRY_STREAM
from services.chassis.service import Service
from services.registry.app import SERVICE as REGISTRY
from tests.support.infrastructure import free_port
from tests.support.installation import Installation
from tests.support.registry_driver import LIJIN, RegistryDriver, use_sample_district, zip_of_district


async def test_the_first_start_publishes_one_release_that_other_services_consume(
    new_registry_driver: RegistryDriver,
) -> None:
    here, there = new_registry_driver.registry.context.district, new_registry_driver.reader.context.district
    assert here == there
    assert here.release == 1
    assert len(there.grids) == 106
    assert there.signing_keys
    assert len(there.machine_keys) == 2
    async with new_registry_driver.client() as web:
        release = (await web.get("/api/registry/release")).json()
    assert release["release"] == 1
    assert release["published_by"] == "gridloop"
    assert release["count"] == len([1 for found in here.records.values() for _ in found])


async def test_a_second_start_publishes_no_release(driver: RegistryDriver) -> None:
    await driver.installation.stop("registry")
    again = await driver.installation.start(REGISTRY)
    assert again.context.district.release == 1
    sent = await again.context.database.fetchval("SELECT version FROM aggregate WHERE case_id = $1", REGISTRY_STREAM)
    assert sent == await again.context.database.fetchval("SELECT count(*) FROM event_store")


async def test_two_registries_that_start_together_publish_one_first_release(installation: Installation) -> None:
    await installation.start(Service(name="registry"), key="empty")
    await installation.stop("empty")
    use_sample_district(installation)
    one, two = await asyncio.gather(
        installation.start(REGISTRY, key="one", port=free_port()),
        installation.start(REGISTRY, key="two", port=free_port()),
    )
    assert one.context.district.release == two.context.district.release == 1
    assert one.context.district.signing_keys == two.context.district.signing_keys


async def test_wrong_files_end_the_start_with_file_and_line(
    installation: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    for path in LIJIN.glob("*.jsonl"):
        (folder / path.name).write_bytes(path.read_bytes())
    lines = (folder / "units.jsonl").read_text().splitlines()
    lines[3] = lines[3].replace('"authority"', '"kingdom"')
    (folder / "units.jsonl").write_text("\n".join(lines))
    installation.overrides["registry"] = {"gridloop_district": folder}
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError):
        await installation.start(REGISTRY)
    assert any("units.jsonl:4:" in record.getMessage() for record in caplog.records)


async def test_an_import_is_previewed_and_publishes_only_what_changed(driver: RegistryDriver) -> None:
    units = (LIJIN / "units.jsonl").read_text().replace("县水务局", "县水利局")
    cut = "\n".join(line for line in (LIJIN / "knowledge.jsonl").read_text().splitlines() if "bulky-waste" not in line)
    body = zip_of_district(units=units, knowledge=cut)
    web = await driver.sign_in("administrator")
    looked = (await web.post("/api/registry/imports", content=body)).json()
    assert (looked["added"], looked["changed"], looked["removed"], looked["release"]) == (0, 1, 1, None)
    assert driver.registry.context.district.release == 1
    done = await web.post("/api/registry/imports?publish=true&note=renamed&based_on=1", content=body)
    assert done.json()["release"] == 2, done.text
    await driver.release_at_reader(2)
    district = driver.reader.context.district
    assert district.units["water"].name == "县水利局"
    assert "bulky-waste" not in district.knowledge
    assert (len(district.machine_keys), len(district.signing_keys)) == (2, 1), "an import does not change keys"
    versions = (await web.get("/api/registry/entities/unit/water")).json()["history"]
    assert [each["release"] for each in versions] == [2, 1]
    assert versions[0]["note"] == "renamed"
    gone = (await web.get("/api/registry/entities/knowledge/bulky-waste")).json()
    assert gone["body"] is None
    assert gone["history"][0]["body"] is None
    assert (await web.post("/api/registry/imports?publish=true&based_on=1", content=body)).status_code == 409
    await web.aclose()


async def test_a_wrong_import_is_refused_completely_with_its_lines(driver: RegistryDriver) -> None:
    grids = (LIJIN / "grids.jsonl").read_text().replace('"370522002002001", "kind"', '"370522002002901", "kind"')
    web = await driver.sign_in("administrator")
    answer = await web.post("/api/registry/imports?publish=true", content=zip_of_district(grids=grids))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    rules = {(each["file"], each["rule"]) for each in answer.json()["findings"]}
    assert ("grids.jsonl", "grid-serial") in rules
    assert ("grids.jsonl", "closed-not-removed") in rules
    assert (await web.post("/api/registry/imports", content=b"PK not a zip")).status_code == 422
    assert driver.registry.context.district.release == 1
    await web.aclose()


async def test_a_single_change_passes_the_same_checks(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    water = driver.registry.context.district.units["water"].to_body()
    wrong = {"changes": [{"kind": "unit", "id": "water", "body": {**water, "escalates_to": "nobody"}}]}
    findings = (await web.post("/api/registry/changes", json=wrong)).json()["findings"]
    assert [(each["file"], each["line"], each["rule"]) for each in findings] == [("changes", 1, "unknown-reference")]
    used = {"changes": [{"kind": "unit", "id": "water", "body": None}]}
    assert (await web.post("/api/registry/changes?publish=true", json=used)).status_code == 422
    right = {"changes": [{"kind": "unit", "id": "water", "body": {**water, "contact": "12345 转 7001"}}]}
    assert (await web.post("/api/registry/changes?publish=true", json=right)).json()["release"] == 2
    assert (await web.post("/api/registry/changes?publish=true&based_on=2", json=right)).status_code == 409
    await web.aclose()


async def test_extreme_input_is_refused_and_causes_no_server_fault(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    null = "a\0b"
    wrong = [
        await web.post("/api/registry/session", json={"username": null, "password": "x"}),
        await web.post("/api/registry/keys", json={"name": null}),
        await web.post("/api/registry/accounts", json={"username": "abc", "name": null}),
        await web.post("/api/registry/imports", params={"note": null}, content=zip_of_district()),
        await web.post(
            "/api/registry/changes",
            content=b'{"changes": [{"kind": "unit", "id": "x", "body": {"n": 1e400}}]}',
            headers={"content-type": "application/json"},
        ),
        await web.get("/api/registry/entities/unit/a%00b"),
        *[
            await web.get(f"/api/registry/{path}", params={"cursor": cursor})
            for path in ("releases", "accounts", "entities/unit")
            for cursor in ("%", "W10", "WzFd", "WyJhXHUwMDAwIl0", "WyItMSJd" if path == "releases" else "W10")
        ],
    ]
    assert [answer.status_code for answer in wrong if answer.status_code not in {200, 404, 422}] == []
    big = {"changes": [{"kind": "unit", "id": "x", "body": {"id": "x", "n": 10**30}}]}
    assert (await web.post("/api/registry/changes", json=big)).json()["findings"][0]["rule"] == "number-too-large"
    await web.aclose()
