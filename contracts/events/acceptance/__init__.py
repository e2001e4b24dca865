"""Stage 2, acceptance 受理: verification, filing and merging of reports. The service intake states these events."""

from contracts.events.acceptance.filing import *
from contracts.events.acceptance.merging import *
from contracts.events.acceptance.reporters import *
from contracts.events.acceptance.settlement import *
from contracts.events.acceptance.storms import *
from contracts.events.acceptance.upstream import *
from contracts.events.acceptance.verification import *
