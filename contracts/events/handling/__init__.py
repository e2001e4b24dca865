"""Stage 4, handling 处置: how the responsible units acknowledge, return, carry out and complete their dispatches.

The service dispatch states these events.
"""

from contracts.events.handling.requests import *
from contracts.events.handling.returns import *
from contracts.events.handling.work import *
