"""The base of every contract model, and the register of event types."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Source = Literal["intake", "routing", "dispatch", "supervision", "registry"]
"""A service that emits events. `tracking` and `console` only read."""

CASE_SOURCES: tuple[Source, ...] = ("intake", "routing", "dispatch", "supervision")
"""The sources that write to the log of cases, in the order of the loop."""

Stage = Literal["discovery", "acceptance", "command", "handling", "supervision", "evaluation"]
"""发现 受理 指挥 处置 监督 评价: the six stages of the loop."""

Instant = Annotated[AwareDatetime, Field(description="RFC 3339 with zone; stored and compared as UTC.")]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, lower-case hex.")]


class Contract(BaseModel):
    """A value that crosses a wall: immutable, and refused when it carries what it should not; the refusal quotes nobody's words,
    since it is logged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)


class Event(Contract):
    """A fact that one service tells the others. One class per type and version; never changed, only succeeded.

    `TYPE` is `<stage>.<fact>.v<N>`; `SOURCE` is the only service that may emit it.
    """

    TYPE: ClassVar[str]
    SOURCE: ClassVar[Source]

    @classmethod
    def stage(cls) -> str:
        """The stage of the loop that the fact belongs to (`registry` for the registry's own)."""
        return cls.TYPE.split(".", 1)[0]

    @classmethod
    def parse(cls, body: bytes) -> Event:
        """Read a body as a tolerant reader: unknown fields of a later minor edition are ignored."""
        return cls.model_validate_json(body, extra="ignore")

    def to_bytes(self) -> bytes:
        """The body as it is stored, sent and signed: made once, then only copied."""
        return self.model_dump_json(exclude_none=True).encode()


def utc(moment: datetime) -> str:
    """An instant as the text used in headers: RFC 3339, UTC, microseconds only when there are any."""
    from datetime import UTC

    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
