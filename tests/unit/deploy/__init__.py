"""Tests of `deploy/`: the parts that run the system, each with real processes."""
