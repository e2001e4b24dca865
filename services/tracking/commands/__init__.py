"""Command-line tools of the tracking service."""
