"""Files that are generated from the contracts and committed, so that a review shows each change.

`python -m contracts.generate` writes the files. With `--check` it only lists the files that are out of date.
"""

from __future__ import annotations

from pathlib import Path

from contracts.generate.asyncapi import asyncapi_document
from contracts.generate.domain_pages import PAGES, fill
from contracts.generate.events_page import events_page
from contracts.generate.schemas import as_json, schemas

ROOT = Path(__file__).resolve().parents[2]
"""Root folder of the repository."""

SCHEMAS = Path("contracts/schemas")


def artefacts(root: Path = ROOT) -> dict[Path, str]:
    """Return the text of each generated file, by path. On pages with generated parts, the other text is kept."""
    made = {SCHEMAS / f"{name}.json": as_json(schema) for name, schema in schemas().items()}
    made[Path("contracts/asyncapi.yaml")] = asyncapi_document()
    made[Path("docs/events.md")] = events_page()
    for page, language in PAGES.items():
        if (root / page).exists():
            made[Path(page)] = fill((root / page).read_text(encoding="utf-8"), language)
    return made


def drift(root: Path = ROOT) -> list[str]:
    """Return one line for each file that differs from its generated text, in the order of the files."""
    made = artefacts(root)
    lines: list[str] = []
    for path, text in sorted(made.items()):
        file = root / path
        if not file.exists():
            lines.append(f"{path}: missing")
        elif file.read_text(encoding="utf-8") != text:
            lines.append(f"{path}: differs from the models")
    lines += [f"{path}: no model has this type" for path in _stale_schemas(root, set(made))]
    return lines


def write(root: Path = ROOT) -> int:
    """Write all generated files and remove schemas of removed types. Return the number of changed files."""
    changed = 0
    made = artefacts(root)
    for path, text in made.items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed += 1
    for path in _stale_schemas(root, set(made)):
        (root / path).unlink()
        changed += 1
    return changed


def _stale_schemas(root: Path, made: set[Path]) -> list[Path]:
    return sorted(path for file in (root / SCHEMAS).glob("*.json") if (path := file.relative_to(root)) not in made)
