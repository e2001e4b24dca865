"""Background loops of intake."""

from services.intake.workers.assigning import assign_worker
from services.intake.workers.erasing import erase_worker
from services.intake.workers.gathering import gather_worker
from services.intake.workers.triage import triage_worker

__all__ = ["assign_worker", "erase_worker", "gather_worker", "triage_worker"]
