"""Stage 6, evaluation 评价: the reporters' feedback and the figures of a case.

The service supervision states these events.
"""

from contracts.events.evaluation.appeals import *
from contracts.events.evaluation.feedback import *
from contracts.events.evaluation.scores import *
