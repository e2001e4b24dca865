"""HTTP API of the routing service."""

from services.routing.api import cases, responsibility_list

ROUTERS = (cases.router, responsibility_list.router)

__all__ = ["ROUTERS"]
