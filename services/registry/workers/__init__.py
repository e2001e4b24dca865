"""Startup and background loops of the registry."""
