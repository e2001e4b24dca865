"""Everything that services exchange: events, envelope, webhooks, registry entities and shared pure rules.

Services import this package and the chassis, never each other.
"""
