"""The table of transitions: for each status, the events that change it, who causes them, and the condition.

`case_state.fold` derives the status of a case from its events, and this table lists the allowed results.
`docs/domain.md` is generated from it, tests check every row, and refusals name the actions that are possible instead.
"""

from contracts.transitions.model import FILED, Role, Transition
from contracts.transitions.table import TABLE, after, from_status
from contracts.transitions.words import ACTIONS, FACTS, ROLES, STATUSES, named

__all__ = [
    "ACTIONS",
    "FACTS",
    "FILED",
    "ROLES",
    "STATUSES",
    "TABLE",
    "Role",
    "Transition",
    "after",
    "from_status",
    "named",
]
