"""HTTP API of intake: reports, photos, calls, decisions of the desk, verification tasks and personal data."""

from services.intake.api import (
    areas,
    call_ledger,
    calls,
    desk,
    follow,
    handovers,
    personal_data,
    photos,
    reporters,
    reports,
    splitting,
    suggestions,
    tasks,
    uploads,
    upstream,
)

ROUTERS = (
    reports.router,
    suggestions.router,
    handovers.router,
    photos.router,
    desk.router,
    splitting.router,
    tasks.router,
    personal_data.router,
    follow.router,
    areas.router,
    upstream.router,
    call_ledger.router,
    calls.router,
    reporters.router,
    uploads.router,
)

__all__ = ["ROUTERS"]
