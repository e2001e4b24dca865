"""The AsyncAPI 3 document about events: topics, envelope, messages and their sources."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import yaml

from contracts.base import Event
from contracts.catalogue import CASES_TOPIC, EVENTS, REGISTRY_TOPIC, topic_of

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
"""Folder of sample events: `<type>.json`, and further samples of a type as `<type>.<n>.json`."""

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SOURCES = "(intake|routing|dispatch|supervision|registry)"
_DESCRIPTION = """\
城市网格六位一体闭环的事件：发现、受理、指挥、处置、监督、评价。每个服务只陈述自己负责的事实，消费者按因果顺序应用。
Events of the six-stage city-grid loop. Every service states only the facts that it owns; consumers apply them in causal order
(`ce_sequence` is contiguous per source and case, `ce_dependencies` lists the events that must be applied before).
CloudEvents 1.0, Kafka binary content mode: attributes are headers, the value is the JSON body.
Consumers ignore unknown fields.
"""


def asyncapi_document() -> str:
    """Return the AsyncAPI document as YAML."""
    events = sorted(EVENTS.items())
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gridloop 格环 events",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "`KAFKA_BOOTSTRAP_SERVERS`",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": {
            "cases": _channel(CASES_TOPIC, "案件事件，键为案件编号 / Events of cases, keyed by case id.", events),
            "registry": _channel(
                REGISTRY_TOPIC, "区划数据的发布，单分区 / Releases of the reference data, one partition.", events
            ),
        },
        "operations": _operations(events),
        "components": {
            "messages": {name: _message(name, model) for name, model in events},
            "schemas": {"envelope": _envelope()},
        },
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def samples(name: str) -> list[Path]:
    """Return the sample files of an event type, oldest first."""
    later = sorted(EXAMPLES.glob(f"{name}.[0-9]*.json"), key=lambda file: int(file.name.split(".")[-2]))
    return [file for file in (EXAMPLES / f"{name}.json", *later) if file.exists()]


def _channel(topic: str, description: str, events: list[tuple[str, type[Event]]]) -> dict[str, Any]:
    return {
        "address": topic,
        "description": description,
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name, model in events if topic_of(model.SOURCE) == topic
        },
    }


def _operations(events: list[tuple[str, type[Event]]]) -> dict[str, Any]:
    """Return one operation for each source: the source sends its events to a topic."""
    made: dict[str, Any] = {}
    for source in sorted({model.SOURCE for _, model in events}):
        channel = "registry" if topic_of(source) == REGISTRY_TOPIC else "cases"
        made[f"{source}_states"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": f"Facts owned by {source}.",
            "messages": [
                {"$ref": f"#/channels/{channel}/messages/{name}"} for name, model in events if source == model.SOURCE
            ],
        }
    return made


def _message(name: str, model: type[Event]) -> dict[str, Any]:
    return {
        "name": name,
        "title": model.__name__,
        "summary": model.ABOUT.zh,
        "description": inspect.cleandoc(model.__doc__ or ""),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/envelope"},
        "payload": {"$ref": f"./schemas/{name}.json"},
        "examples": [{"name": file.stem, "payload": json.loads(file.read_text("utf-8"))} for file in samples(name)],
    }


def _envelope() -> dict[str, Any]:
    """Return the schema of the headers: the Kafka binding of CloudEvents with our extensions."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": [
            "content-type",
            "ce_specversion",
            "ce_id",
            "ce_source",
            "ce_type",
            "ce_subject",
            "ce_time",
            "ce_sequence",
        ],
        "properties": {
            "content-type": {"const": "application/json"},
            "ce_specversion": {"const": "1.0"},
            "ce_id": {
                **text,
                "pattern": f"^{_UUID}/{_SOURCES}/[1-9][0-9]*$",
                "description": "`<case>/<source>/<sequence>`; the same event always has the same id.",
            },
            "ce_source": {**text, "pattern": f"^{_SOURCES}$"},
            "ce_type": {**text, "pattern": r"^[a-z]+\.[a-z_]+\.v[1-9][0-9]*$"},
            "ce_subject": {**text, "format": "uuid", "description": "Case id; all zeros for events of the registry."},
            "ce_time": {
                **text,
                "format": "date-time",
                "description": "Instant of the decision. In demos and tests it may differ from real time.",
            },
            "ce_sequence": {
                **text,
                "pattern": "^[1-9][0-9]*$",
                "description": "Number of the event among those of its source about this case, contiguous from 1.",
            },
            "ce_dependencies": {
                **text,
                "pattern": r"^([a-z]+=[1-9][0-9]*(,[a-z]+=[1-9][0-9]*)*)?$",
                "description": "Last applied sequence of each other source, and the release in force: `intake=3,registry=17`.",
            },
            "ce_causationid": {**text, "description": "Id of the event, command or timer that caused this event."},
            "traceparent": {**text, "description": "W3C Trace Context."},
        },
    }


class _Dumper(yaml.SafeDumper):
    """A YAML dumper that writes long texts as blocks and repeats equal parts instead of using anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return True, so that equal parts are written in full each time."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
