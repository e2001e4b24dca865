"""Startup of the registry, and its loops in the background."""
