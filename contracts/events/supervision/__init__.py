"""Stage 5, supervision 监督: clocks, reminders, rechecks, closing and reopening.

The service supervision states these events.
"""

from contracts.events.supervision.assistance import *
from contracts.events.supervision.attention import *
from contracts.events.supervision.clocks import *
from contracts.events.supervision.closing import *
from contracts.events.supervision.overdue import *
from contracts.events.supervision.rechecks import *
from contracts.events.supervision.requests import *
from contracts.events.supervision.supervision_orders import *
