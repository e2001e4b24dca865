"""Delivery of messages: permitted addresses, signatures, the retry schedule and the health of endpoints."""
