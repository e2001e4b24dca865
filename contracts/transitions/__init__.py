"""What may happen to a case: one table of who turns which status into which, by which fact, and on what condition.

`case_state.fold` derives the status of a case from its facts; this table says what those derivations may be. It documents
(`docs/domain.md` is drawn from it), it constrains (tests walk every row, and no life of a case may leave it), and it words
refusals: whoever cannot do a thing is told what can be done instead, in the same words.
"""

from contracts.transitions.model import FILED, Role, Transition
from contracts.transitions.table import TABLE, after, from_status
from contracts.transitions.words import ACTIONS, FACTS, ROLES, STATUSES, Word, named

__all__ = [
    "ACTIONS", "FACTS", "FILED", "ROLES", "STATUSES", "TABLE", "Role", "Transition", "Word", "after", "from_status",
    "named",
]  # fmt: skip
