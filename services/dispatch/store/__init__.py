"""Tables and queries of the dispatch service.

`cases`: dispatches and messages of a case. `deliveries`: the delivery queue. `endpoints`: endpoints and their secrets.
`delivery_log`: deliveries and attempts as the API shows them. `redaction`: removes the text of confidential cases
from messages.
"""

from services.dispatch.store.cases import DispatchStore

__all__ = ["DispatchStore"]
