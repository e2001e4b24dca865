"""Base classes and value types of all contract models."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError, SchemaSerializer

from contracts.marks import Redact
from contracts.timeline import About

Source = Literal["intake", "routing", "dispatch", "supervision", "registry"]
"""A service that states events. The services `tracking` and `console` state none; they only read events."""

CASE_SOURCES: tuple[Source, ...] = ("intake", "routing", "dispatch", "supervision")
"""Sources of the topic `gridloop.cases`, in the order of the loop."""

Stage = Literal["discovery", "acceptance", "command", "handling", "supervision", "evaluation"]
"""The six stages of the loop: 发现 受理 指挥 处置 监督 评价."""

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_BEGINS_WITH_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _require_date_text(value: Any) -> Any:
    """Refuse a number. pydantic would read it as seconds since 1970, but the published schemas allow only text."""
    if isinstance(value, (str, int, float)) and not _BEGINS_WITH_DATE.match(str(value)):
        raise PydanticCustomError("datetime_parsing", "must begin with a date, such as 2026-11-23")
    return value


def _require_number(value: Any) -> Any:
    """Refuse text and booleans. pydantic would read them as numbers."""
    if isinstance(value, (bool, str)):
        raise PydanticCustomError("int_type", "must be a whole number")
    return value


def _describe_by_default(text: str) -> Callable[[JsonDict], None]:
    """Return a schema hook that describes a value whose field has no docstring of its own."""

    def describe(schema: JsonDict) -> None:
        schema.setdefault("description", text)

    return describe


Instant = Annotated[
    AwareDatetime,
    Field(
        ge=_EARLIEST,
        lt=_LATEST,
        json_schema_extra=_describe_by_default("RFC 3339 with zone; stored and compared as UTC."),
    ),
]
"""An instant between 1900 and 2200. Instants of the years 1 and 9999 cannot be converted to every time zone."""

Day = Annotated[date, Field(ge=_EARLIEST.date(), lt=_LATEST.date())]
"""A date between 1900 and 2200."""

StrictInstant = Annotated[Instant, BeforeValidator(_require_date_text)]
"""An `Instant` in a request, which must be text. Events do not check this, because the check takes twice as long as
parsing."""
StrictDay = Annotated[Day, BeforeValidator(_require_date_text)]
"""A `Day` in a request, which must be text."""

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A count or a version number, at most the largest PostgreSQL `integer`."""

StrictCount = Annotated[Count, BeforeValidator(_require_number)]
"""A `Count` in a request: a number, not text or a boolean."""

Amount = Annotated[int, Field(ge=0, le=20_000)]
"""A number of days, hours or repetitions that a district sets. A deadline counted from it stays a valid `Instant`."""

Sha256 = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{64}$",
        json_schema_extra=_describe_by_default("SHA-256 of the bytes, lower-case hex."),
    ),
]


class StoredDocument(BaseModel):
    """Base of documents that a service reads, changes and stores again, such as the state of a case.

    `load` keeps unknown fields at every depth, and `to_document` writes them back. While an older and a newer process
    both run, the older one therefore keeps the fields that only the newer one knows. Events, responses and copies made
    from a stored document have only the known fields.
    """

    @classmethod
    def load(cls, document: str | bytes) -> Self:
        """Parse a stored JSON document. Raises `ValidationError` if this version of the software cannot read it."""
        return cls.model_validate_json(document, extra="allow")

    def to_document(self, *, exclude_defaults: bool = False) -> str:
        """Return the JSON to store, including the unknown fields that `load` has kept."""
        return _document_writer(type(self)).to_json(self, exclude_defaults=exclude_defaults).decode()


@cache
def _document_writer(model: type[BaseModel]) -> SchemaSerializer:
    """Return a serialiser that also writes the unknown fields of the model and of all nested models.

    `_use_prebuilt=False`, because the prebuilt serialisers of nested models omit unknown fields.
    """
    return SchemaSerializer(_with_unknown_fields(model.__pydantic_core_schema__), None, _use_prebuilt=False)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def _with_unknown_fields(schema: Any) -> Any:
    """Return a copy of a core schema in which every model allows unknown fields."""
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
    """Remove, in place and at every depth, the unknown fields that `StoredDocument.load` kept."""
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
    """Base of all values that services exchange. The values are immutable and have no unknown fields.

    Validation errors never contain the input, because they are logged.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class Event(Contract):
    """A fact that one service states about a case.

    Events of the registry are not about a case, but about reference data or access tokens.

    There is one class per type and version. `TYPE` is `<stage>.<fact>.v<N>`. `SOURCE` is the only service that states
    events of this type.
    """

    TYPE: ClassVar[str]
    SOURCE: ClassVar[Source]
    ABOUT: ClassVar[About]

    @classmethod
    def stage(cls) -> str:
        """Return the stage of the loop, which is the first part of `TYPE`; `registry` for events of the registry."""
        return cls.TYPE.split(".", 1)[0]

    @classmethod
    def parse(cls, body: bytes) -> Event:
        """Parse the body of an event. Ignore unknown fields, which a newer version may have added."""
        return cls.model_validate_json(body, extra="ignore")

    @classmethod
    def redaction_marks(cls) -> dict[str, Redact]:
        """Return the redaction marks by field name. Fields without a mark are left out."""
        return {
            name: mark
            for name, field in cls.model_fields.items()
            for mark in field.metadata
            if isinstance(mark, Redact)
        }

    def redacted(self) -> Self:
        """Return the event as it is stored for a confidential case. Redacting it again changes nothing.

        A class overrides this method if more than its marked fields can reveal a confidential case.
        """
        fields = type(self).model_fields
        changes = {
            name: mark.apply(
                getattr(self, name), optional=not fields[name].is_required() and fields[name].default is None
            )
            for name, mark in self.redaction_marks().items()
        }
        return self.model_copy(update=changes) if changes else self

    def to_bytes(self) -> bytes:
        """Return the JSON body of the event, as it is stored and sent."""
        return self.model_dump_json(exclude_none=True).encode()


def utc_text(moment: datetime) -> str:
    """Return the instant as RFC 3339 text in UTC. Microseconds are written only if they are not zero."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
