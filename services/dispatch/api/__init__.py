"""HTTP in: the inbox and the answers of units (`orders`), their endpoints and what was sent there (`endpoints`, `sent`)."""

from services.dispatch.api import endpoints, orders, sent

ROUTERS = (orders.router, endpoints.router, sent.router)
