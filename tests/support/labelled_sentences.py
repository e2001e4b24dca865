"""Labelled sentences to measure category suggestions: a held-out set and the demo day."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from contracts.common import Place
from deploy.local.home import ROOT
from deploy.play import ordinary
from deploy.play.situations import EMERGENCY, LOCAL, MATTER
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.category_suggestions import Suggester

HELD_OUT = Path(__file__).parent / "labelled_sentences.tsv"


class LabelledSentence(NamedTuple):
    """A sentence with its place, and the categories that are right for it."""

    text: str
    categories: tuple[str, ...]
    place: Place | None = None
    component_id: str | None = None


class Accuracy(NamedTuple):
    """How often a right category was suggested first, and among the first three."""

    asked: int
    """Number of sentences."""
    first: int
    third: int
    missed: tuple[str, ...]
    """Sentences without a right category among the first three."""


def held_out_sentences(district: RegistrySnapshot) -> list[LabelledSentence]:
    """Return the sentences of `labelled_sentences.tsv`."""
    lines = (line.split("\t") for line in HELD_OUT.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [
        LabelledSentence(text, tuple(_category(code, district) for code in codes.split("|")), *_place(where, district))
        for codes, where, text in lines
    ]


def demo_sentences() -> list[LabelledSentence]:
    """Return the sentences of the demo day: of ordinary reports and of the situations."""
    sentences = {(text, kind.category) for kind in ordinary.KINDS for text in kind.words}
    for path in sorted((ROOT / "deploy" / "play" / "situations").glob("*.py")):
        sentences |= set(_played(ast.parse(path.read_text("utf-8"))))
    return [LabelledSentence(text, (category,)) for text, category in sorted(sentences)]


def measure_accuracy(suggester: Suggester, sentences: Iterable[LabelledSentence]) -> Accuracy:
    """Ask for suggestions for each sentence, and count the right ones."""
    asked = first = third = 0
    missed: list[str] = []
    for each in sentences:
        found = [one.category.id for one in suggester.suggest(each.text, each.place, each.component_id)]
        asked += 1
        first += bool(found) and found[0] in each.categories
        hit = any(one in each.categories for one in found)
        third += hit
        missed += [] if hit else [each.text]
    return Accuracy(asked, first, third, tuple(missed))


def _category(code: str, district: RegistrySnapshot) -> str:
    """Return the matter or event with this code; in this district each code occurs once."""
    return next(each.id for each in district.categories.values() if each.code == code and each.kind != "component")


def _place(where: str, district: RegistrySnapshot) -> tuple[Place | None, str | None]:
    if where in district.grids:
        return Place(grid_code=where), None
    if (component := district.components.get(where)) is not None:
        return Place(grid_code=component.grid, longitude=component.longitude, latitude=component.latitude), where
    return None, None


_STANDARDS = {"MATTER": MATTER, "EMERGENCY": EMERGENCY, "LOCAL": LOCAL}


def _played(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield description and category of each call or dict with `category_id=MATTER + "…"` and a description."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            named = {each.arg: each.value for each in node.keywords}
        elif isinstance(node, ast.Dict):
            named = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
        else:
            continue
        match named.get("category_id"), named.get("description"):
            case ast.BinOp(left=ast.Name(id=standard), right=ast.Constant(value=str(code))), ast.Constant(
                value=str(text)
            ):
                yield text, _STANDARDS[standard] + code
