"""The reasons and the explanation of a routing decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.registry import Grid
from services.routing.domain.decide import decide
from tests.unit.routing.sample_district import (
    COMMUNITY,
    COVER,
    GRID,
    entry,
    index,
    major,
    make_question,
)


def test_every_candidate_names_the_clause_of_the_list_and_never_its_id() -> None:
    found = decide(
        index(
            entry(
                "raw-a", lead="greens", clause="第12项", clause_en="item 12", note="先由其牵头", note_en="leads first"
            ),
            entry("raw-b", area=GRID, lead="street-two"),
        ),
        make_question(),
    )
    assert found.candidates[1].reason == "责任清单“第12项”：利津县，类别06010，全时段（先由其牵头）"
    assert found.candidates[1].reason_en == (
        "clause “item 12” of the list: Lijin County, category 06010, at all hours (leads first)"
    )
    assert found.candidates[0].reason.startswith("不在其工作范围内（责任清单条目：网格one")
    assert found.explanation == "由greens局牵头：责任清单“第12项”：利津县，类别06010，全时段（先由其牵头）。"
    assert found.explanation_en == (
        "greens office leads: clause “item 12” of the list: Lijin County, category 06010, at all hours (leads first)."
    )
    assert [each.entry_id for each in found.candidates] == ["raw-b", "raw-a"], "the id is a field of its own"
    assert "raw-" not in found.explanation + found.explanation_en + "".join(
        each.reason + each.reason_en for each in found.candidates
    )


def test_an_exclusion_names_its_clause() -> None:
    found = decide(
        index(entry("a", lead="greens"), entry("ban", excluded=("greens",), clause="第3项", clause_en="item 3")),
        make_question(),
    )
    assert found.candidates[0].reason.startswith("责任清单“第3项”：利津县，类别06010，全时段，规定不得牵头")
    assert "clause “item 3” of the list" in found.candidates[0].reason_en


@pytest.mark.parametrize(
    ("winner", "why", "why_en"),
    [
        ({"area": GRID}, "区域更具体（网格one，而非利津县）", "its area is more specific (grid one, not Lijin County)"),
        ({"level": "street"}, "写明管理层级的条目更具体（街道管理）", "managed by the street"),
        ({"hours": "office"}, "写明时段的条目更具体（工作时间）", "in office hours"),
    ],
    ids=["area", "level", "hours"],
)
def test_the_explanation_says_why_an_entry_beat_the_next(winner: dict[str, Any], why: str, why_en: str) -> None:
    lane = Grid(
        id=GRID,
        kind="base",
        name="网格one",
        name_en="grid one",
        community=COMMUNITY,
        managed_by="street",
        valid_from=date(2026, 1, 1),
    )
    found = decide(index(lane, entry("a", lead="greens"), entry("b", lead="roads", **winner)), make_question())
    assert f"优先于greens局：{why}。" in found.explanation
    assert found.lead == "roads"
    assert "Preferred to greens office: " in found.explanation_en
    assert why_en in found.explanation_en
    assert found.candidates[1].reason.endswith(f"；未选：{why}")
    assert why_en in found.candidates[1].reason_en


def test_the_explanation_says_if_the_category_or_the_component_decided() -> None:
    listed = (entry("a", lead="roads"), entry("b", match=major("06"), lead="greens"))
    assert "事项更具体（类别06010，而非大类 大类06）" in decide(index(*listed), make_question()).explanation
    found = decide(index(COVER, entry("a", code="01002", lead="greens")), make_question("01002", component_id=COVER.id))
    assert "优先于water局：部件的养护单位先于权属单位。" in found.explanation
    assert found.candidates[2].reason.endswith("；未选：部件的养护、权属单位先于清单条目")
    alone = decide(index(entry("a", lead="greens")), make_question())
    assert "优先于" not in alone.explanation


def test_entries_not_in_force_are_listed_with_the_reason() -> None:
    found = decide(
        index(
            entry("now", lead="greens"),
            entry("later", lead="roads", valid_from=date(2026, 12, 1)),
            entry("gone", lead="water", valid_to=date(2026, 11, 1)),
            entry("night", lead="police", hours="night"),
        ),
        make_question(),
    )
    candidates = {each.unit_id: each for each in found.candidates}
    assert candidates["roads"].reason.startswith("尚未施行（责任清单条目：利津县，类别06010，全时段，2026-12-01起施行")
    assert candidates["water"].reason_en.startswith("is no longer in force (entry of the list: ")
    assert candidates["police"].reason.startswith("不在其适用时段")
    assert [each.unit_id for each in found.candidates if not each.excluded] == ["greens"]
