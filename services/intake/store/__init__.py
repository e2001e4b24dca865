"""Tables of intake and all queries on them."""

from services.intake.store.rows import IntakeStore

__all__ = ["IntakeStore"]
