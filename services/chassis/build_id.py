"""The build that this process runs. Another build may be able to apply events that this build cannot apply."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@cache
def build_id() -> str:
    """Return a digest of the source code of all services and contracts."""
    digest = sha256()
    for file in sorted((*_ROOT.glob("contracts/**/*.py"), *_ROOT.glob("services/**/*.py"))):
        digest.update(file.relative_to(_ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
