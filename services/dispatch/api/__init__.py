"""HTTP routes: dispatches, crews, hand-over answers, endpoints and deliveries."""

from services.dispatch.api import crews, deliveries, dispatches, endpoints, handovers

ROUTERS = (dispatches.router, crews.router, handovers.router, endpoints.router, deliveries.router)
