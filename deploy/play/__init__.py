"""A simulated city for the demo and for tests. Its people work at desks, on the street and on the phone.

The simulation uses only Gridloop's public API.
"""
