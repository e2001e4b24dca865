"""The case board: the shell of the built application."""
