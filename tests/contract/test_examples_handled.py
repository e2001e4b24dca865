"""Every service can apply every stored sample of the events that it handles."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.generate import ROOT
from contracts.generate.asyncapi import samples
from contracts.registry import KINDS, Entity
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.service import Service
from tests.support.rows import failing_rows

CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
BEFORE = (
    "discovery.report_received.v1",
    "acceptance.case_filed.v1",
    "command.case_routed.v1",
    "command.case_dispatched.v1",
)
"""Events that come before most others; all samples are about one case."""


@pytest.fixture(scope="module")
def district() -> RegistrySnapshot:
    """Return the sample district, read from its files."""
    folder = ROOT / "deploy/districts/lijin"
    records: dict[str, dict[str, Entity]] = {}
    for file in folder.glob("*.jsonl"):
        kind = next(
            (kind for kind in KINDS if file.stem in (kind, f"{kind}s", f"{kind[:-1]}ies", kind.replace("y", "ies"))),
            None,
        )
        if kind is not None:
            lines = file.read_text("utf-8").splitlines()
            entities = [KINDS[kind].from_body(json.loads(line)) for line in lines if line.strip()]
            records[kind] = {entity.id: entity for entity in entities}
    return RegistrySnapshot.from_records(1, records)


def handled_samples() -> Iterator[tuple[str, str, Path]]:
    """Yield service, event type and sample for everything that a service handles."""
    for name in ("intake", "routing", "dispatch", "supervision", "tracking"):
        service = _service(name)
        for kind, model in sorted(EVENTS.items()):
            if kind.startswith("registry.") or (service.any_event is None and model not in service.events):
                continue
            for file in samples(kind):
                yield name, kind, file


def _service(name: str) -> Service:
    module = importlib.import_module(f"services.{name}.app")
    assert isinstance(module.SERVICE, Service)
    return module.SERVICE


HANDLED_SAMPLES = list(handled_samples())


def test_services_handle_most_event_types() -> None:
    """Without this check the test below could pass on a short list."""
    assert len({kind for _, kind, _ in HANDLED_SAMPLES}) > len(EVENTS) / 2
    assert {name for name, _, _ in HANDLED_SAMPLES} == {"intake", "routing", "dispatch", "supervision", "tracking"}


def test_a_handler_accepts_every_sample(district: RegistrySnapshot) -> None:
    """Handlers do not refuse an event because of the state: a stored event must never block a reader."""

    def check(name: str, kind: str, file: Path) -> None:
        service = _service(name)
        case: Case[Any] = Case(
            CASE, Aggregate(), service.state(), service=name, now=NOW, district=district, cause="test"
        )
        earlier = BEFORE[: BEFORE.index(kind)] if kind in BEFORE else BEFORE
        for before in earlier:
            apply_sample(service, case, before, samples(before)[0])
        apply_sample(service, case, kind, file)
        service.state.model_validate_json(case.state.model_dump_json(exclude_defaults=True))

    assert failing_rows(check, HANDLED_SAMPLES) == []


def apply_sample(service: Service, case: Case[Any], kind: str, file: Path) -> None:
    model = EVENTS[kind]
    if service.name == model.SOURCE:
        return
    handler = service.any_event or service.events.get(model)
    if handler is not None:
        handler(case, model.parse(file.read_bytes()), Envelope(case.id, model.SOURCE, 1, kind, NOW))
