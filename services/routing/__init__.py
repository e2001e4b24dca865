"""Routing service, the first half of command 指挥: routing decisions, with every candidate and the reason."""
