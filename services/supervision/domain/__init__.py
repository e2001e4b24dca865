"""The decisions of supervision, without I/O. Every function reads and changes one `Case`.

Each layer uses only the layers before it: `primitives` (clocks, tasks, orders), `lifecycle` (close, reopen, rework),
`policies` (escalation, feedback, recheck), `evaluation` (figures, scorecards, appeals). The entry points are
`reactions` (to events and timers) and `actions` (of people). `roster` holds patrols, handover sheets and digests.
"""
