"""The envelope of every event: CloudEvents 1.0 in Kafka binary content mode.

The attributes of the envelope are sent as `ce_*` headers, and the value of the record is the JSON body of the event.
The id is `<case>/<source>/<sequence>`, so the same event always has the same id. `dependencies` lists the events of the
other sources that had been applied when the event was made; a consumer applies them first. Source: CloudEvents Kafka
protocol binding 1.0.2 §3.2; extensions `sequence` and `traceparent` (distributed tracing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from contracts.base import utc_text

SPEC_VERSION = "1.0"
CONTENT_TYPE = b"application/json"

Headers = list[tuple[str, bytes]]


class EnvelopeError(ValueError):
    """A Kafka record has a missing or malformed header. The message names the header."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event, without its body."""

    case_id: UUID
    source: str
    sequence: int
    """Number of the event among the events of its source about this case, from 1 without gaps."""
    type: str
    time: datetime
    """Instant of the decision that the event states. In demos and tests this instant may differ from real time."""
    dependencies: Mapping[str, int] = field(default_factory=dict[str, int])
    """For each other source, the sequence of the last event that had been applied when this event was made; for
    `registry` the number of the release in force then."""
    causation_id: str = ""
    """Id of the event, command or timer that caused this event; empty if none is known."""
    traceparent: str = ""

    @property
    def id(self) -> str:
        return f"{self.case_id}/{self.source}/{self.sequence}"

    @property
    def key(self) -> bytes:
        """The key of the Kafka record. All events of one case have the same key, and so the same partition."""
        return str(self.case_id).encode()

    def history_digest(self, previous: int) -> int:
        """Return a digest of all events of this source about the case, up to this event.

        `previous` is the digest up to the event before; 0 for the first event. A digest has 63 bits. It covers only the
        envelopes, because the body of an event may be redacted later. If two services have different digests at the
        same sequence, they have read different histories: the source was restored from a backup after one of them had
        read.
        """
        text = f"{previous} {self.type} {self.time.timestamp()} {self.causation_id}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1

    def to_headers(self) -> Headers:
        """Return the Kafka headers of the envelope, in binary content mode."""
        headers: Headers = [
            ("content-type", CONTENT_TYPE),
            ("ce_specversion", SPEC_VERSION.encode()),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", str(self.case_id).encode()),
            ("ce_time", utc_text(self.time).encode()),
            ("ce_sequence", b"%d" % self.sequence),
            ("ce_dependencies", format_dependencies(self.dependencies).encode()),
            ("ce_causationid", self.causation_id.encode()),
        ]
        if self.traceparent:
            headers.append(("traceparent", self.traceparent.encode()))
        return headers

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes]]) -> Envelope:
        """Return the envelope from the headers of a record.

        Raises `EnvelopeError` for a missing or malformed header.
        """
        found = dict(headers)
        if any("\0" in name or b"\0" in value for name, value in found.items()):
            raise EnvelopeError("malformed header: PostgreSQL cannot store the character NUL")
        try:
            return cls(
                case_id=UUID(found["ce_subject"].decode()),
                source=found["ce_source"].decode(),
                sequence=_count(found["ce_sequence"]),
                type=found["ce_type"].decode(),
                time=datetime.fromisoformat(found["ce_time"].decode()),
                dependencies=parse_dependencies(found.get("ce_dependencies", b"").decode()),
                causation_id=found.get("ce_causationid", b"").decode(),
                traceparent=found.get("traceparent", b"").decode(),
            )
        except KeyError as missing:
            raise EnvelopeError(f"header {missing} is missing") from missing
        except ValueError as malformed:
            raise EnvelopeError(f"malformed header: {malformed}") from malformed


def _count(digits: str | bytes) -> int:
    count = int(digits)
    if not 0 <= count < 2**31:
        raise ValueError(f"{count} is not between 0 and 2^31")
    return count


def format_dependencies(dependencies: Mapping[str, int]) -> str:
    """Return dependencies as text: `{"intake": 3, "registry": 17}` as `intake=3,registry=17`.

    The sources are sorted by name; sources with the number 0 are left out.
    """
    return ",".join(f"{source}={sequence}" for source, sequence in sorted(dependencies.items()) if sequence)


def parse_dependencies(text: str) -> dict[str, int]:
    """Return the dependencies from text that `format_dependencies` wrote."""
    if not text:
        return {}
    return {source: _count(sequence) for source, _, sequence in (part.partition("=") for part in text.split(","))}
