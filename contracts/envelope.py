"""The envelope of every event: CloudEvents 1.0, Kafka binary content mode.

Attributes travel as `ce_*` headers, the value is the JSON body as it is. The id is
`<case>/<source>/<sequence>`, so an event made twice has the same id; `after` says what its maker had
applied of the other sources when it decided, so that a reader can hold an effect back until its causes are there.
Source: CloudEvents Kafka protocol binding 1.0.2 §3.2; extensions `sequence` and `traceparent` (distributed tracing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from contracts.base import utc

SPEC_VERSION = "1.0"
CONTENT_TYPE = b"application/json"

Headers = list[tuple[str, bytes]]


class EnvelopeError(ValueError):
    """The headers of a record are not those of an event of ours. The message names the header."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who said what, when, about which case, and after what."""

    case_id: UUID
    source: str
    sequence: int
    """This source's version of this case, contiguous from 1."""
    type: str
    time: datetime
    """When the fact was decided, on the domain clock."""
    after: Mapping[str, int] = field(default_factory=dict[str, int])
    """Last sequence applied of each other source, and `registry` = the release in force."""
    causation_id: str = ""
    """The id of the event, command or timer that led to this one."""
    traceparent: str = ""

    @property
    def id(self) -> str:
        return f"{self.case_id}/{self.source}/{self.sequence}"

    @property
    def key(self) -> bytes:
        """The Kafka record key: events of one case share a partition."""
        return str(self.case_id).encode()

    def history(self, before: int) -> int:
        """A digest of all that its source has said of the case up to this event; `before` is that of what came before it.

        Over the envelope alone, since the body of a confidential case is sealed later. Equal at equal sequences, or one
        of two has followed a source that was restored since and has said other things. 63 bits, 0 before the first.
        """
        said = f"{before} {self.type} {self.time.timestamp()} {self.causation_id}"
        return int.from_bytes(blake2b(said.encode(), digest_size=8).digest()) >> 1

    def to_headers(self) -> Headers:
        """The Kafka headers of the binary content mode."""
        headers: Headers = [
            ("content-type", CONTENT_TYPE),
            ("ce_specversion", SPEC_VERSION.encode()),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", str(self.case_id).encode()),
            ("ce_time", utc(self.time).encode()),
            ("ce_sequence", b"%d" % self.sequence),
            ("ce_after", format_after(self.after).encode()),
            ("ce_causationid", self.causation_id.encode()),
        ]
        if self.traceparent:
            headers.append(("traceparent", self.traceparent.encode()))
        return headers

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes]]) -> Envelope:
        """Read the headers of one record. Raises `EnvelopeError` naming what is missing or malformed."""
        found = dict(headers)
        if any("\0" in name or b"\0" in value for name, value in found.items()):
            raise EnvelopeError("malformed header: a NUL, which no database of ours keeps")
        try:
            return cls(
                case_id=UUID(found["ce_subject"].decode()),
                source=found["ce_source"].decode(),
                sequence=_count(found["ce_sequence"]),
                type=found["ce_type"].decode(),
                time=datetime.fromisoformat(found["ce_time"].decode()),
                after=parse_after(found.get("ce_after", b"").decode()),
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
        raise ValueError(f"{count} counts nothing of ours")
    return count


def format_after(after: Mapping[str, int]) -> str:
    """`{"intake": 3, "registry": 17}` → `intake=3,registry=17`, sorted, so equal marks are equal text."""
    return ",".join(f"{source}={sequence}" for source, sequence in sorted(after.items()) if sequence)


def parse_after(text: str) -> dict[str, int]:
    """The inverse of `format_after`."""
    if not text:
        return {}
    return {source: _count(sequence) for source, _, sequence in (part.partition("=") for part in text.split(","))}
