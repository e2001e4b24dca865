"""The envelope of every event: CloudEvents 1.0, Kafka binary content mode.

The attributes travel as `ce_*` headers and the value is the JSON body. The id is `<case>/<source>/<sequence>`, so the
same event always has the same id. `dependencies` says which events of the other sources had been applied when the event
was made; a consumer applies the event only after them.

Source: CloudEvents Kafka protocol binding 1.0.2 §3.2; extensions `sequence` and `traceparent` (distributed tracing).
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
    """Missing or malformed headers of a Kafka record. The message names the header."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event."""

    case_id: UUID
    source: str
    sequence: int
    """Number of the event among those of its source about this case, contiguous from 1."""
    type: str
    time: datetime
    """Instant of the decision, on the domain clock."""
    dependencies: Mapping[str, int] = field(default_factory=dict[str, int])
    """Last sequence applied of each other source; under `registry` the release in force."""
    causation_id: str = ""
    """Id of the event, command or timer that caused this event."""
    traceparent: str = ""

    @property
    def id(self) -> str:
        return f"{self.case_id}/{self.source}/{self.sequence}"

    @property
    def key(self) -> bytes:
        """The Kafka record key: all events of one case share a partition."""
        return str(self.case_id).encode()

    def history_digest(self, previous: int) -> int:
        """Return a digest of all events of this source about the case up to this one.

        `previous` is the digest of the event before, 0 for the first event. The digest has 63 bits. It covers the
        envelopes only, because the body of a confidential case is redacted later. Two services with different digests
        at the same sequence have read different histories: the source was restored from a backup in between.
        """
        text = f"{previous} {self.type} {self.time.timestamp()} {self.causation_id}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1

    def to_headers(self) -> Headers:
        """Return the Kafka headers of the binary content mode."""
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
        """Read the headers of one record. Raises `EnvelopeError` naming the missing or malformed header."""
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
    """Return `{"intake": 3, "registry": 17}` as `intake=3,registry=17`, sorted by name, zeros left out."""
    return ",".join(f"{source}={sequence}" for source, sequence in sorted(dependencies.items()) if sequence)


def parse_dependencies(text: str) -> dict[str, int]:
    """Return the mapping that `format_dependencies` has written as text."""
    if not text:
        return {}
    return {source: _count(sequence) for source, _, sequence in (part.partition("=") for part in text.split(","))}
