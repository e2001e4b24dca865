"""Background loops: the live board."""
