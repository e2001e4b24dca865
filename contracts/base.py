"""The base of every contract model, and the register of event types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError, SchemaSerializer

Source = Literal["intake", "routing", "dispatch", "supervision", "registry"]
"""A service that emits events. `tracking` and `console` only read."""

CASE_SOURCES: tuple[Source, ...] = ("intake", "routing", "dispatch", "supervision")
"""The sources that write to the log of cases, in the order of the loop."""

Stage = Literal["discovery", "acceptance", "command", "handling", "supervision", "evaluation"]
"""发现 受理 指挥 处置 监督 评价: the six stages of the loop."""

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_DATE_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: Any) -> Any:
    """Refuse a number in place of a date: pydantic reads it as seconds since 1970, our schemas do not say so."""
    if isinstance(value, (str, int, float)) and not _DATE_WRITTEN.match(str(value)):
        raise PydanticCustomError("datetime_parsing", "must begin with a date, such as 2026-11-23")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, (bool, str)):
        raise PydanticCustomError("int_type", "must be a whole number")
    return value


Instant = Annotated[
    AwareDatetime,
    Field(ge=_EARLIEST, lt=_LATEST, description="RFC 3339 with zone; stored and compared as UTC."),
]
"""Bounded, so that it can be converted to every time zone: instants of the years 1 and 9999 cannot."""

Day = Annotated[date, Field(ge=_EARLIEST.date(), lt=_LATEST.date())]
"""A date, bounded like `Instant`."""

InstantText = Annotated[Instant, BeforeValidator(_written)]
DayText = Annotated[Day, BeforeValidator(_written)]
"""For requests: strict about the form. Events do without, since this check takes twice as long as reading the value."""

Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A number of things, or of a version: what JSON, PostgreSQL and every client's language can hold."""

WholeNumber = Annotated[Whole, BeforeValidator(_number)]
"""For bodies of requests: no text and no boolean, which pydantic reads as numbers."""

Amount = Annotated[int, Field(ge=0, le=20_000)]
"""A number of days, hours or times that a district sets: what is counted from it stays within the years of `Instant`."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, lower-case hex.")]


class Stored(BaseModel):
    """Base of the documents that are stored and written again, such as the state that a service keeps of a case.

    What a newer version added survives at every depth: `load` keeps unknown fields, `to_document` writes them back. So an
    older process that runs beside a newer one does not erase what it does not know. Everything else that is made of such
    a model (events, answers, copies of its fields) has the known fields only.
    """

    @classmethod
    def load(cls, document: str | bytes) -> Self:
        """Read a stored JSON document. Raises `ValidationError` when this version cannot read it."""
        return cls.model_validate_json(document, extra="allow")

    def to_document(self, *, exclude_defaults: bool = False) -> str:
        """Return the JSON to be stored, with the unknown fields of what was loaded."""
        return _document_writer(type(self)).to_json(self, exclude_defaults=exclude_defaults).decode()


@cache
def _document_writer(model: type[BaseModel]) -> SchemaSerializer:
    """Return a serialiser of the model that writes unknown fields, in the model and in all its parts.

    Parts have serialisers of their own, which leave unknown fields out; hence `_use_prebuilt=False`.
    """
    return SchemaSerializer(_with_unknown_fields(model.__pydantic_core_schema__), None, _use_prebuilt=False)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def _with_unknown_fields(schema: Any) -> Any:
    """Return a core schema in which every model allows unknown fields."""
    if isinstance(schema, list):
        return [_with_unknown_fields(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    parts = cast("dict[str, Any]", schema)
    opened = {name: part if name == "metadata" else _with_unknown_fields(part) for name, part in parts.items()}
    if opened.get("type") == "model":
        opened["config"] = {**opened.get("config", {}), "extra_fields_behavior": "allow"}
    return opened


def drop_unknown_fields(value: object) -> None:
    """Remove, in place and at every depth, the unknown fields that `Stored.load` kept."""
    if isinstance(value, BaseModel):
        if value.__pydantic_extra__:
            value.__pydantic_extra__.clear()
        for name in type(value).model_fields:
            drop_unknown_fields(getattr(value, name))
    elif isinstance(value, dict):
        for each in cast("dict[object, object]", value).values():
            drop_unknown_fields(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in cast("Iterable[object]", value):
            drop_unknown_fields(each)


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
