"""Pure decisions of tracking: the fold of a case's events, and what may be shown of it to whom."""
