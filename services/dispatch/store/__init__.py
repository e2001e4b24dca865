"""Tables and queries of dispatch.

`cases`: list of dispatches and new messages. `deliveries`: the delivery queue. `endpoints`: endpoints and secrets.
`delivery_log`: deliveries and attempts for people. `redaction`: messages of confidential cases.
"""

from services.dispatch.store.cases import DispatchStore

__all__ = ["DispatchStore"]
