"""Stage 1, discovery 发现: reports 上报. Stated by intake."""

from contracts.events.discovery.reports import *
