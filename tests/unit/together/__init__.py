"""Routing, dispatch and supervision as they are, each with its own view of one case, in one process."""
