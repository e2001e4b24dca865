"""Measurements, as a ratio to a floor measured in the same run or as a counter; `make bench` prints them."""
