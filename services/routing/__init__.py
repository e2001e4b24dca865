"""Command 指挥, first half: who must act, and why."""
