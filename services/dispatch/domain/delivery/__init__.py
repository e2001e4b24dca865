"""Delivery of messages: permitted network addresses, signatures, the retry schedule and the health of endpoints."""
