"""The generated parts of `docs/domain.md` about clocks: tables and examples, calculated by `contracts.clocks`."""

from contracts.generate.clocks.stories import stories
from contracts.generate.clocks.tables import readings, stages, units

__all__ = ["readings", "stages", "stories", "units"]
