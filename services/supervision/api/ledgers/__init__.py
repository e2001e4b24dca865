"""Ledgers 台账 to download as tables. `scores` and `duty` build the tables; `routes` serves the tables of `duty`."""
