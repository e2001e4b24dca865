"""Tests of several services that act on one case at the same time."""
