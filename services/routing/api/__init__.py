"""HTTP in: the routes of routing."""

from services.routing.api import cases, listing

ROUTERS = (cases.router, listing.router)

__all__ = ["ROUTERS"]
