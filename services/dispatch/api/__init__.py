"""HTTP in: the inbox and the answers of units (`orders`), those of emergency services in their envelope (`handovers`), the
endpoints of all of them and what was sent there (`endpoints`, `sent`).
"""

from services.dispatch.api import endpoints, handovers, orders, sent

ROUTERS = (orders.router, handovers.router, endpoints.router, sent.router)
