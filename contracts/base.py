"""Base classes and value types of all contract models."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError, SchemaSerializer

from contracts.marks import Redact
from contracts.timeline import About

Source = Literal["intake", "routing", "dispatch", "supervision", "registry"]
"""A service that states events. `tracking` and `console` only read them."""

CASE_SOURCES: tuple[Source, ...] = ("intake", "routing", "dispatch", "supervision")
"""Sources of the topic `gridloop.cases`, in the order of the loop."""

Stage = Literal["discovery", "acceptance", "command", "handling", "supervision", "evaluation"]
"""发现 受理 指挥 处置 监督 评价: the six stages of the loop."""

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_BEGINS_WITH_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _require_date_text(value: Any) -> Any:
    """Refuse a number: pydantic would read it as seconds since 1970, which the published schemas do not allow."""
    if isinstance(value, (str, int, float)) and not _BEGINS_WITH_DATE.match(str(value)):
        raise PydanticCustomError("datetime_parsing", "must begin with a date, such as 2026-11-23")
    return value


def _require_number(value: Any) -> Any:
    """Refuse text and booleans, which pydantic would read as numbers."""
    if isinstance(value, (bool, str)):
        raise PydanticCustomError("int_type", "must be a whole number")
    return value


Instant = Annotated[
    AwareDatetime,
    Field(ge=_EARLIEST, lt=_LATEST, description="RFC 3339 with zone; stored and compared as UTC."),
]
"""An instant. It is bounded, because instants of the years 1 and 9999 cannot be converted to every time zone."""

Day = Annotated[date, Field(ge=_EARLIEST.date(), lt=_LATEST.date())]
"""A date, bounded like `Instant`."""

StrictInstant = Annotated[Instant, BeforeValidator(_require_date_text)]
StrictDay = Annotated[Day, BeforeValidator(_require_date_text)]
"""`Instant` and `Day` of requests, which must be text. Events omit this check: it takes twice as long as parsing."""

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A count or a version number, within the range of a PostgreSQL integer."""

StrictCount = Annotated[Count, BeforeValidator(_require_number)]
"""`Count` of requests: text and booleans are refused."""

Amount = Annotated[int, Field(ge=0, le=20_000)]
"""A number of days, hours or repetitions that a district sets; deadlines counted from it stay within `Instant`."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, lower-case hex.")]


class StoredDocument(BaseModel):
    """Base of documents that are read, changed and stored again, such as the state of a case in a service.

    `load` keeps unknown fields at every depth and `to_document` writes them back. So an older process that runs beside
    a newer one does not erase the fields that only the newer one knows. Events, responses and copies made from such a
    document have the known fields only.
    """

    @classmethod
    def load(cls, document: str | bytes) -> Self:
        """Parse a stored JSON document. Raises `ValidationError` if this version cannot read it."""
        return cls.model_validate_json(document, extra="allow")

    def to_document(self, *, exclude_defaults: bool = False) -> str:
        """Return the JSON to store, with the unknown fields that `load` has kept."""
        return _document_writer(type(self)).to_json(self, exclude_defaults=exclude_defaults).decode()


@cache
def _document_writer(model: type[BaseModel]) -> SchemaSerializer:
    """Return a serialiser that writes unknown fields of the model and of all nested models.

    `_use_prebuilt=False`, because the prebuilt serialisers of nested models leave unknown fields out.
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
    """Base of all values that services exchange: immutable, without unknown fields.

    Validation errors are logged, so they never contain the input.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class Event(Contract):
    """A fact that one service states about a case.

    There is one class per type and version. `TYPE` is `<stage>.<fact>.v<N>`; `SOURCE` is the only service that
    states it.
    """

    TYPE: ClassVar[str]
    SOURCE: ClassVar[Source]
    ABOUT: ClassVar[About]

    @classmethod
    def stage(cls) -> str:
        """Return the stage of the loop, the first part of `TYPE` (`registry` for events of the registry)."""
        return cls.TYPE.split(".", 1)[0]

    @classmethod
    def parse(cls, body: bytes) -> Event:
        """Parse a body. Unknown fields, which a newer version may have added, are ignored."""
        return cls.model_validate_json(body, extra="ignore")

    @classmethod
    def redaction_marks(cls) -> dict[str, Redact]:
        """Return the redaction mark of each field that has one."""
        return {
            name: mark
            for name, field in cls.model_fields.items()
            for mark in field.metadata
            if isinstance(mark, Redact)
        }

    def redacted(self) -> Self:
        """Return the event as it is kept of a confidential case. Redacting it twice changes nothing.

        Classes override this where more than the marked fields depends on confidentiality.
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
        """Return the JSON body, as it is stored and sent."""
        return self.model_dump_json(exclude_none=True).encode()


def utc_text(moment: datetime) -> str:
    """Return the instant as RFC 3339 text in UTC, with microseconds only if they are not zero."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
