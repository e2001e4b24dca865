"""The State Council's holiday notices for 2024–2026, typed in by hand as a check of the package `holidays`."""

from datetime import date, timedelta

OFF = (
    ("2024-01-01", 1),
    ("2024-02-10", 8),
    ("2024-04-04", 3),
    ("2024-05-01", 5),
    ("2024-06-10", 1),
    ("2024-09-15", 3),
    ("2024-10-01", 7),
    ("2025-01-01", 1),
    ("2025-01-28", 8),
    ("2025-04-04", 3),
    ("2025-05-01", 5),
    ("2025-05-31", 3),
    ("2025-10-01", 8),
    ("2026-01-01", 3),
    ("2026-02-15", 9),
    ("2026-04-04", 3),
    ("2026-05-01", 5),
    ("2026-06-19", 3),
    ("2026-09-25", 3),
    ("2026-10-01", 7),
)
"""First day and number of days of every holiday."""

MAKE_UP = (
    "2024-02-04",
    "2024-02-18",
    "2024-04-07",
    "2024-04-28",
    "2024-05-11",
    "2024-09-14",
    "2024-09-29",
    "2024-10-12",
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
)
"""Weekend days that were worked."""

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)


def working_days() -> list[date]:
    """Return every working day of the three years."""
    off = {date.fromisoformat(day) + timedelta(days=n) for day, length in OFF for n in range(length)}
    make_up = {date.fromisoformat(day) for day in MAKE_UP}
    every = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    return [day for day in every if day in make_up or (day.weekday() < 5 and day not in off)]
