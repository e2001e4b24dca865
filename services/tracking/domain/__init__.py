"""Pure functions of tracking: the fold, cards, the timeline, scopes and the public status."""
