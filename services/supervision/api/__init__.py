"""HTTP in: the routes of supervision."""

from services.supervision.api import cases, feedback, scorecards, tasks

routers = (cases.router, tasks.router, feedback.router, scorecards.router)

__all__ = ["routers"]
