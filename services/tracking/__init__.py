"""Tracking service: the record of each case, with board, search, timeline and public status."""
