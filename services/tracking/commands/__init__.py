"""Command line tools of tracking."""
