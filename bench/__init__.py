"""Measurements of Gridloop. `make bench` runs them and prints the results.

Most results are a ratio to a floor: the result of a bare program that does only the same database, broker or HTTP
work in the same run. B1 to B11 are the numbers of the measurements in docs/benchmarks.md.
"""
