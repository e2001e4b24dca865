"""What people type, in one form."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """One form for what people type in many: width, case and compatibility variants folded (NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()
