"""Stage 3, command 指挥: which units act on a case.

The service routing states the decisions, and the service dispatch states the dispatches to the units.
"""

from contracts.events.command.dispatching import *
from contracts.events.command.routing import *
