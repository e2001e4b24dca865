"""Generated parts about clocks in `docs/domain.md`: tables and examples, computed by the clocks themselves."""

from contracts.generate.clocks.stories import stories
from contracts.generate.clocks.tables import readings, stages, units

__all__ = ["readings", "stages", "stories", "units"]
