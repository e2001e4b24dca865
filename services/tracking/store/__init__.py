"""Tables and queries of tracking."""

from services.tracking.store.batch import Store

__all__ = ["Store"]
