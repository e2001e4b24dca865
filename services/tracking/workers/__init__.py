"""Background loops of tracking: the live board."""
