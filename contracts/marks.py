"""Redaction marks: what remains of a field of an event when the case is confidential.

The type of a field contains the mark, as in `note: Annotated[str, Redact.WITHHOLD]`. Each field with free text about a
case has a mark, or its class overrides `Event.redacted`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, cast

from contracts.grid_codes import communities_of, community_of
from contracts.masking import withhold


class Redact(Enum):
    """A way to redact a field."""

    EMPTY = "empty"
    """Remove the value. For fields that are no longer written once the case is confidential."""
    WITHHOLD = "withhold"
    """Replace the text by the notice `masking.WITHHELD`. For texts that are also written about confidential cases."""
    COMMUNITY = "community"
    """Reduce a grid code or a place to its community."""

    def apply(self, value: Any, *, optional: bool) -> Any:
        """Return the redacted value of a field.

        For `EMPTY` it is `None` if the field is optional, otherwise an empty value.
        """
        if value is None:
            return None
        if self is Redact.WITHHOLD:
            return withhold(value, confidential=True)
        if self is Redact.COMMUNITY:
            return _reduce_to_community(value)
        return None if optional else type(value)()


def _reduce_to_community(value: Any) -> Any:
    """Return a grid code, several grid codes or a place, reduced to the community."""
    if isinstance(value, str):
        return community_of(value)
    if isinstance(value, tuple):
        return communities_of(cast("tuple[str, ...]", value))
    return type(value)(grid_code=community_of(value.grid_code))
