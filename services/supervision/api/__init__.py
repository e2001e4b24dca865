"""HTTP in: the routes of supervision."""

from services.supervision.api import assists, call_backs, cases, feedback, papers, patrol, roster, scorecards, tasks

routers = (
    cases.router, tasks.router, feedback.router, call_backs.router, scorecards.router, patrol.router, papers.router,
    assists.router, roster.router,
)  # fmt: skip

__all__ = ["routers"]
