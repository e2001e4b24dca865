"""Routes of supervision."""

from services.supervision.api import assists, call_backs, cases, documents, feedback, patrol, roster, scorecards, tasks
from services.supervision.api.ledgers import routes as ledgers

# Ledgers first, so that `/shift-handovers/ledger.csv` is not read as a sheet id.
routers = (
    ledgers.router,
    cases.router,
    tasks.router,
    feedback.router,
    call_backs.router,
    scorecards.router,
    patrol.router,
    documents.router,
    assists.router,
    roster.router,
)

__all__ = ["routers"]
