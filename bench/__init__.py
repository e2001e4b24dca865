"""Performance measurements; `make bench` prints them.

A result is a counter, or a ratio to a floor: the rate of a minimal program that does only the unavoidable work,
measured in the same run.
"""
