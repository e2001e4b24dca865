"""Accuracy of the suggested categories, and CPU time of a suggestion and of a search in the catalogue.

`python -m bench.catalogue` uses the sample district. It asks for suggestions for labelled sentences: those that were
kept out of the district's examples (held out) and those of the demo day. It counts how often the right category is
suggested. It also searches for typical input. Times are CPU times of this process.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import quantiles
from time import process_time
from typing import TypeVar

from deploy.local.home import ROOT
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.category_suggestions import Suggester
from services.registry.domain import district_files
from services.registry.domain.catalogue import Catalogue
from tests.support.labelled_sentences import LabelledSentence, demo_sentences, held_out_sentences, measure_accuracy

ROUNDS = 5
TYPED = ("井盖", "jg", "jinggai", "垃圾 满", "street light", "01-10", "06010", "lv di", "路灯不亮了怎么办", "")

T = TypeVar("T")


def timed(make: Callable[[], T]) -> tuple[T, float]:
    """Call `make`. Return its result and the CPU seconds that the call took."""
    began = process_time()
    result = make()
    return result, process_time() - began


def median_and_p95(step: Callable[[], object]) -> tuple[float, float]:
    """Call `step` many times. Return the median and the 95th percentile of its CPU time in milliseconds."""
    times = [timed(step)[1] * 1000 for _ in range(20 * ROUNDS)]
    cuts = quantiles(times, n=20)
    return cuts[9], cuts[18]


def main() -> None:
    """Print the times and the accuracy."""
    district = RegistrySnapshot.from_records(1, district_files.load(ROOT / "deploy" / "districts" / "lijin"))
    catalogue, made_in = timed(lambda: Catalogue(district))
    suggester, learnt_in = timed(lambda: Suggester(district))
    examples = sum(len(each.examples) for each in district.categories.values())
    print(f"catalogue: {len(district.categories)} categories, {examples} example sentences")
    print(f"  ready to search          {made_in:8.2f} s   ready to suggest {learnt_in:.2f} s")
    for typed in TYPED:
        middle, slow = median_and_p95(lambda typed=typed: catalogue.search(typed, lambda _: True))
        found = len(catalogue.search(typed, lambda _: True))
        print(f"  search {typed or '(nothing)':　<12} {middle:8.2f} ms  p95 {slow:.2f} ms   {found} found")
    for name, sentences in (("held out", held_out_sentences(district)), ("demo day", demo_sentences())):
        _report(suggester, name, sentences)


def _report(suggester: Suggester, name: str, sentences: list[LabelledSentence]) -> None:
    hits, took = timed(lambda: measure_accuracy(suggester, sentences))
    print(
        f"  suggested, {name:<12}  {hits.first / hits.asked:8.1%} first  {hits.third / hits.asked:.1%} among three"
        f"  of {hits.asked}   {took / hits.asked * 1000:.2f} ms each"
    )


if __name__ == "__main__":
    main()
