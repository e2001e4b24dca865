"""HTTP in: the routes of supervision."""

from services.supervision.api import assists, cases, feedback, patrol, scorecards, tasks

routers = (cases.router, tasks.router, feedback.router, scorecards.router, patrol.router, assists.router)

__all__ = ["routers"]
