"""Intake's tables and every query on them."""

from services.intake.store.rows import IntakeStore

__all__ = ["IntakeStore"]
