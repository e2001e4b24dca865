"""Ledgers 台账: tables to download. `scores` and `duty` define the columns, `routes` the access."""
