"""Tables of the routing service, and all queries on them."""

from services.routing.store.rows import RoutingStore

__all__ = ["RoutingStore"]
