"""Tables and every query: `cases` (inbox rows and messages), `deliveries` (claim and record), `endpoints`, `log`."""

from services.dispatch.store.cases import DispatchStore

__all__ = ["DispatchStore"]
