"""One event of a case with its envelope."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.base import Event
from contracts.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Told:
    """What was said, and who said it, when, after what."""

    meta: Envelope
    event: Event
