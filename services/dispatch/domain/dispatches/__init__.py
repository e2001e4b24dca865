"""Dispatches of a case: creation, answers of units, and messages about the dispatches."""
