"""Everything that services exchange, and rules that services share as pure functions.

Services exchange events in an envelope, webhooks and registry entities. They import this package and the chassis, never
each other.
"""
