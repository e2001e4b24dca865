"""What crosses a service's wall: event models, envelope, webhook payloads, shared pure rules.

Services import from here and from the chassis, never from each other.
"""
