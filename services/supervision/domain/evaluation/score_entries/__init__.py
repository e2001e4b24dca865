"""Score entries: what figures count of a case, computed only from its events, so that a recount gives the same result.

`rules` is the one table from event type to counting function, `scorer` writes counted facts and score entries, `facts`
defines both. Nothing here reads the clocks and tasks that supervision keeps.
"""
