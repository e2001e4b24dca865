"""Titles of the stages of the loop, in both languages."""

from __future__ import annotations

STAGES = {
    "discovery": "发现 · Discovery",
    "acceptance": "受理 · Acceptance",
    "command": "指挥 · Command",
    "handling": "处置 · Handling",
    "supervision": "监督 · Supervision",
    "evaluation": "评价 · Evaluation",
    "registry": "区划数据 · Registry",
}
"""The stages of the loop in order, and the registry's own log."""
