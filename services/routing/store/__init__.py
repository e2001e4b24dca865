"""Routing's tables and every query on them."""

from services.routing.store.rows import RoutingStore

__all__ = ["RoutingStore"]
