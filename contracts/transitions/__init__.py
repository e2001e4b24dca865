"""The table of transitions: the events that change each status of a case, who causes them, and the condition.

`case_steps.fold` derives the status of a case from its events. The table lists the statuses that may result.
`docs/domain.md` is generated from the table, tests check every row, and a refused command names the actions of the
table that are possible instead.
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
