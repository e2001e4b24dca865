"""Simulated people at desks, on the street and on the phone, who use the public interfaces only."""
