"""Supervision 监督 and evaluation 评价: clocks, reminders, rechecks, closing, feedback, scorecards."""
