"""Supervision 监督 and evaluation 评价: clocks and lights, urging, recheck, closing, feedback, scorecards."""
