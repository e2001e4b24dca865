"""Stage 3, command 指挥: which units must act and why (stated by routing), and their dispatches (stated by dispatch)."""

from contracts.events.command.dispatching import *
from contracts.events.command.routing import *
