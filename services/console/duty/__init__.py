"""Duty pages: roster, shift handovers, weekly reviews and monthly analyses."""
