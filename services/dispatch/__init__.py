"""Dispatch service: creates dispatches, sends them to units by signed webhooks and records the answers of units."""
