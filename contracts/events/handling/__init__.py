"""Stage 4, handling 处置: what the responsible units answer. Stated by dispatch."""

from contracts.events.handling.requests import *
from contracts.events.handling.returns import *
from contracts.events.handling.work import *
