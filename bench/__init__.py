"""Measurements: always as a ratio to a floor measured in the same run, or as counters. `make bench` prints them."""
