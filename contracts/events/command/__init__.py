"""Stage 3, command 指挥: decisions about the acting units, stated by routing, and dispatches, stated by dispatch."""

from contracts.events.command.dispatching import *
from contracts.events.command.routing import *
