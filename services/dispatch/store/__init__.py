"""Tables and every query: `cases` (inbox rows and messages), `outbox` (claim and record), `endpoints`, `log`."""

from services.dispatch.store.cases import DispatchStore

__all__ = ["DispatchStore"]
