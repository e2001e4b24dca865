"""Warnings about district files, and the names of files that are not UTF-8."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from services.registry.commands.check import check_folder
from services.registry.domain.district_draft import Finding
from services.registry.domain.proposal import from_files
from tests.unit.registry import sample_district

MATTER = "GB47678-5-2026/matter/06010"


def warnings_of(changed: dict[str, bytes]) -> list[tuple[str, int, str]]:
    proposal = from_files(changed, {})
    assert proposal.findings == []
    return [(each.file, each.line, each.rule) for each in proposal.warnings]


def sample_without(name: str, *ids: str) -> dict[str, bytes]:
    """Return the files of the sample without some lines of one file."""
    kept = [line for line in sample_district.sample_files()[name].splitlines() if orjson.loads(line)["id"] not in ids]
    return {**sample_district.sample_files(), name: b"\n".join(kept)}


SAMPLE = warnings_of(sample_district.sample_files())
"""The warnings of the sample: on purpose, the dispatcher decides about covers of unknown owners."""


def test_the_sample_warns_only_about_covers_of_unknown_owners() -> None:
    assert [each[2] for each in SAMPLE] == ["no-unit"]


def test_a_category_without_a_responsible_unit_is_reported() -> None:
    match = [b'"GB47678-5-2026/matter/06010"', b'"major": "06"']
    kept = [
        line
        for line in sample_district.sample_files()["responsibilities.jsonl"].splitlines()
        if not any(m in line for m in match)
    ]
    changed = warnings_of({**sample_district.sample_files(), "responsibilities.jsonl": b"\n".join(kept)})
    assert ("categories.jsonl", sample_district.line_of("category", MATTER), "no-unit") in changed


def test_an_emergency_without_a_plan_is_reported() -> None:
    line = sample_district.line_of("category", "GB30428-2-2013/event/05-02")
    assert warnings_of(sample_without("plans.jsonl", "plan-gas")) == SAMPLE, "the general plan covers it"
    both = warnings_of(sample_without("plans.jsonl", "plan-gas", "plan-general"))
    assert ("categories.jsonl", line, "no-plan") in both


def test_a_local_category_with_the_prefix_of_another_district_is_reported() -> None:
    line = orjson.dumps(orjson.loads(sample_district.sample_files()["categories.jsonl"].splitlines()[-1])).replace(
        b"370522", b"140800"
    )
    changed = {
        **sample_district.sample_files(),
        "categories.jsonl": sample_district.sample_files()["categories.jsonl"] + line,
    }
    conditions = sample_district.sample_files()["conditions.jsonl"]
    entity = orjson.loads(line)
    condition = {**orjson.loads(conditions.splitlines()[-1]), "id": f"{entity['code']}-9", "category": entity["id"]}
    changed["conditions.jsonl"] = conditions + orjson.dumps(condition)
    number = len(changed["categories.jsonl"].splitlines())
    assert ("categories.jsonl", number, "local-prefix") in warnings_of(changed)


@pytest.mark.parametrize(("encoding", "rule"), [("gbk", "gbk"), ("gb18030", "gbk"), ("utf-16", "not-utf8")])
def test_a_file_that_is_not_utf8_is_named_with_its_line(encoding: str, rule: str) -> None:
    text = sample_district.sample_files()["plans.jsonl"].decode()
    english = '{"id": "plan-x", "name": "x", "name_en": "x", "first_response": "mobile-team", "categories": []}'
    data = f"{english}\n{text}".encode(encoding)
    found: list[Finding] = from_files({**sample_district.sample_files(), "plans.jsonl": data}, {}).findings
    assert [(each.file, each.line, each.rule) for each in found if each.file == "plans.jsonl"] == [
        ("plans.jsonl", 2 if rule == "gbk" else 1, rule)
    ]
    if rule == "gbk":
        assert all("iconv -f GB18030 -t UTF-8 plans.jsonl" in text for text in (found[0].zh, found[0].en))


def test_the_command_prints_warnings_and_succeeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in sample_without("plans.jsonl", "plan-gas", "plan-general").items():
        (tmp_path / name).write_bytes(data)
    assert check_folder(str(tmp_path)) == 0
    printed = capsys.readouterr().out
    line = sample_district.line_of("category", "GB30428-2-2013/event/05-02")
    assert f"categories.jsonl:{line}: 提示 warning: " in printed
    assert "预案" in printed
    assert "plan" in printed
