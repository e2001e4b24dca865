"""tracking: the case record — board, search, timeline, public status."""
