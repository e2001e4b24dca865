"""HTTP in: the inbox and the answers of units (`orders`), what their crews have (`crews`), the answers of emergency services
in their envelope (`handovers`), the endpoints of all of them and what was sent there (`endpoints`, `sent`).
"""

from services.dispatch.api import crews, deliveries, dispatches, endpoints, handovers

ROUTERS = (dispatches.router, crews.router, handovers.router, endpoints.router, deliveries.router)
