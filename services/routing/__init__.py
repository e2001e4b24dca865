"""Routing service: decides which units must act on a case, and records why."""
