"""The decisions of supervision, without I/O. Every function reads and changes one `Case`.

Layers: `primitives` (clocks, tasks, orders) ← `lifecycle` (close, reopen, rework) ← `policies` (escalation, feedback,
recheck) ← `evaluation` (figures, scorecards, appeals). `reactions` (to events and timers) and `actions` (of people) are
the entry points. `roster` holds patrols, handover sheets and digests.
"""
