"""The decisions of supervision, without I/O. The functions read and change one `SupervisionCase` in memory.

Each layer uses only the layers before it: `primitives` (clocks, tasks, orders), `lifecycle` (close, reopen, rework),
`policies` (escalation, feedback, recheck), `evaluation` (figures, scorecards, appeals). The entry points are
`reactions` (to events and timers) and `actions` (of people). `roster` holds patrols, handover sheets and digests.
"""
