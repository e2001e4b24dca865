"""Each service has exactly the rights at the broker that it uses."""

from __future__ import annotations

from importlib import import_module

import pytest

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC, topic_of
from deploy import topics
from services.chassis.service import Service
from services.chassis.settings import SERVICES

ALL: list[Service] = [import_module(f"services.{name}.app").SERVICE for name in SERVICES if name != "console"]


@pytest.mark.parametrize("service", ALL, ids=lambda service: service.name)
def test_a_service_may_read_and_write_only_the_topics_that_it_uses(service: Service) -> None:
    assert topics.WRITES[service.name] == ((topic_of(service.name),) if service.emits else ())
    read_topics = ((REGISTRY_TOPIC,) if service.sources else ()) + ((CASES_TOPIC,) if service.consumes_cases else ())
    assert topics.READS[service.name] == read_topics


def test_only_services_have_a_principal() -> None:
    assert topics.WRITES.keys() == topics.READS.keys() == {service.name for service in ALL}
