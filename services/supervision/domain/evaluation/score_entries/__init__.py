"""Score entries: what is counted of a case, computed from its events alone, so that a recount gives the same result.

`rules` is the one table from event type to counting function, `scorer` writes facts and entries, `facts` defines both.
Nothing here knows clocks, tasks or commands.
"""
