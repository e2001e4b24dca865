"""What is generated from the contracts, and kept in the repository so that a change shows in review.

`python -m contracts.generate` writes it, `--check` says whether the files still are what the models say.
"""

from __future__ import annotations

from pathlib import Path

from contracts.generate.asyncapi import asyncapi_document
from contracts.generate.domain_pages import PAGES, filled
from contracts.generate.events_page import events_page
from contracts.generate.schemas import as_json, schemas

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

SCHEMAS = Path("contracts/schemas")


def artefacts(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file, by its path in the repository. Pages with generated parts keep what people wrote."""
    made = {SCHEMAS / f"{name}.json": as_json(schema) for name, schema in schemas().items()}
    made[Path("contracts/asyncapi.yaml")] = asyncapi_document()
    made[Path("docs/events.md")] = events_page()
    for page, language in PAGES.items():
        if (root / page).exists():
            made[Path(page)] = filled((root / page).read_text(encoding="utf-8"), language)
    return made


def drift(root: Path = ROOT) -> list[str]:
    """What differs between the files and the models: one line each, in order. Empty when nothing does."""
    made = artefacts(root)
    lines: list[str] = []
    for path, text in sorted(made.items()):
        file = root / path
        if not file.exists():
            lines.append(f"{path}: missing")
        elif file.read_text(encoding="utf-8") != text:
            lines.append(f"{path}: not what the models say")
    lines += [f"{path}: no model has this type" for path in _strangers(root, set(made))]
    return lines


def write(root: Path = ROOT) -> int:
    """Write every file and remove schemas of types that are gone. Returns how many files changed."""
    changed = 0
    made = artefacts(root)
    for path, text in made.items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed += 1
    for path in _strangers(root, set(made)):
        (root / path).unlink()
        changed += 1
    return changed


def _strangers(root: Path, made: set[Path]) -> list[Path]:
    return sorted(path for file in (root / SCHEMAS).glob("*.json") if (path := file.relative_to(root)) not in made)
