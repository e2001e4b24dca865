"""The tables of tracking and every query on them."""

from services.tracking.store.batch import Store

__all__ = ["Store"]
