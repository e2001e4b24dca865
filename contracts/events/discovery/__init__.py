"""Stage 1, discovery 发现: reports 上报. The service intake states these events."""

from contracts.events.discovery.reports import *
