"""Ledgers 台账: tables to take away. `scores` and `duty` say what stands in them, `routes` who gets them."""
