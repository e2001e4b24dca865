"""Files, headings, `make` targets, modules, settings and pages that the documents name exist."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from deploy.local.home import ROOT
from tests.support.rows import failing_rows

PAGES = sorted(
    path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy/districts").rglob("*.md")]
)
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
SETTINGS = {
    name.lower()
    for folder in ("services", "deploy/local")
    for file in (ROOT / folder).rglob("*.py")
    for name in re.findall(r"\bGRIDLOOP_[A-Z_]+", file.read_text("utf-8"), re.IGNORECASE)
}
"""All settings that a service or the launcher reads."""
PATHS = {
    path
    for file in (ROOT / "services" / "console").rglob("*.py")
    for path in re.findall(r"\"(/[a-z/-]+)\"", file.read_text("utf-8"))
}
"""Paths in the console's code; they include all pages."""

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_FOLDERS = ("contracts/", "services/", "deploy/", "tests/", "bench/", "docs/")


def code(text: str) -> str:
    """Return the code of a page without its comments. A word is a command only in code."""
    return re.sub(r"(^|\s)#.*", "", "\n".join(_CODE.findall(text)))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(
        r"^#+ (.*)$", _CODE.sub(lambda found: found[0].strip("`"), page.read_text("utf-8")), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_page_names_only_what_exists() -> None:
    def check(page: Path) -> None:
        text = page.read_text("utf-8")
        commands, wrong = code(text), list[str]()
        for link in re.findall(r"\]\(([^)\s]+)\)", _CODE.sub("", text)):
            path, _, anchor = link.partition("#")
            if "://" in link or link.startswith("mailto:"):
                continue
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                wrong.append(link)
        wrong += [f"make {name}" for name in re.findall(r"\bmake ([a-z][a-z-]*)", commands) if name not in TARGETS]
        wrong += [f"-m {name}" for name in re.findall(r"python3? -m ([a-z_.]+)", commands) if find_spec(name) is None]
        here = re.sub(r"docker compose (run|exec) .*", "", commands)  # in a container everything is installed
        wrong += re.findall(r"(?<!\.venv/bin/)\bpython3? -m \S+", here)  # `make` installs into .venv, and nowhere else
        wrong += [
            name
            for name in re.findall(r"`([a-z_]+/[\w./-]+)`", text)
            if name.startswith(_FOLDERS) and not (ROOT / name).exists()
        ]
        wrong += [
            path
            for path in re.findall(r"`(/[a-z][a-z/-]*)`", text)
            if path not in PATHS and not path.startswith(("/internal", "/problems/", "/proc"))
        ]
        wrong += [name for name in re.findall(r"GRIDLOOP_[A-Z_]+", text) if name.lower() not in SETTINGS]
        assert wrong == []

    assert failing_rows(check, ((page,) for page in PAGES)) == []
