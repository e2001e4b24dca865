"""Scorecard pages: figures, rates and the cases that they count."""
