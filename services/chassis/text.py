"""Normalisation of typed text."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """Return the text with width, case and compatibility variants folded (NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()
