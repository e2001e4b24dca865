"""HTTP in: the routes of supervision."""

from services.supervision.api import cases, feedback, patrol, scorecards, tasks

routers = (cases.router, tasks.router, feedback.router, scorecards.router, patrol.router)

__all__ = ["routers"]
