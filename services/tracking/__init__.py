"""Tracking service: keeps a record of each case and offers board, search, timeline and public status."""
