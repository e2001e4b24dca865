"""The benchmarks still fit the code that they measure; nobody runs them every day."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench import usage
from bench.__main__ import RUNS
from bench.life import KIND, UNIT
from bench.play import COVER
from contracts.registry import FilingCondition
from deploy.local.home import ROOT
from services.registry.domain import district_files

SAMPLE = district_files.load(ROOT / "deploy" / "districts" / "lijin")


@pytest.mark.parametrize("name", RUNS)
def test_the_module_of_a_benchmark_can_be_imported(name: str) -> None:
    import_module(RUNS[name][0][0])


@pytest.mark.parametrize(("category", "condition"), [COVER, KIND])
def test_a_report_of_a_benchmark_can_be_filed_directly(category: str, condition: str) -> None:
    """Its photos have only the roles near and far."""
    found = SAMPLE["condition"][condition]
    assert isinstance(found, FilingCondition)
    assert found.category == category
    assert set(found.report_evidence) <= {"near", "far"}


def test_the_case_of_a_benchmark_needs_no_officer_and_one_unit_completes_it() -> None:
    found = SAMPLE["condition"][KIND[1]]
    assert isinstance(found, FilingCondition)
    assert (found.recheck_mode, set(found.evidence)) == ("document", {"document", "after"})
    assert UNIT in SAMPLE["unit"]


@pytest.mark.parametrize(
    ("title", "component"),
    [
        ("postgres: gridloop_intake gridloop_intake 127.0.0.1(40112) idle", "intake"),
        ("postgres: autovacuum worker gridloop_intake", "autovacuum worker"),
        ("postgres: checkpointer ", "checkpointer"),
        ("/usr/lib/postgresql/18/bin/postgres -D /data", "starting"),
    ],
)
def test_processes_of_postgresql_are_attributed_by_their_title(title: str, component: str) -> None:
    assert usage.component_of(title) == component


def test_only_the_usage_between_two_measurements_counts() -> None:
    before, after = usage.Sample(), usage.Sample()
    before.cpu["intake"], after.cpu["intake"] = 1.0, 3.0
    after.cpu["routing"] = 0.5
    after.statements["routing: SELECT"] = 40.0, 20
    assert usage.per_case(before, after, 100) == {"intake": 20.0, "routing": 5.0}
    assert usage.statements_per_case(before, after, 100) == {"routing: SELECT": (0.4, 0.2)}
