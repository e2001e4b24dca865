"""Routing service, the first half of command 指挥: decides which units must act on a case, and records why."""
