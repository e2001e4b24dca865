"""What a check of district files warns of, and how it names files that are not UTF-8."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from services.registry.commands.check import check_folder
from services.registry.domain.district_draft import Finding
from services.registry.domain.proposal import from_files
from tests.unit.registry import lijin

MATTER = "GB47678-5-2026/matter/06010"


def warned(changed: dict[str, bytes]) -> list[tuple[str, int, str]]:
    proposal = from_files(changed, {})
    assert proposal.findings == []
    return [(each.file, each.line, each.rule) for each in proposal.warnings]


def without(name: str, *ids: str) -> dict[str, bytes]:
    """The sample's files without some lines of one."""
    kept = [line for line in lijin.contents()[name].splitlines() if orjson.loads(line)["id"] not in ids]
    return {**lijin.contents(), name: b"\n".join(kept)}


SAMPLE = warned(lijin.contents())
"""The sample leaves covers of nobody knows whom to the dispatcher, on purpose."""


def test_the_sample_is_warned_of_the_covers_that_a_dispatcher_decides_on() -> None:
    assert [each[2] for each in SAMPLE] == ["no-unit"]


def test_a_category_without_a_responsible_unit() -> None:
    match = [b'"GB47678-5-2026/matter/06010"', b'"major": "06"']
    kept = [
        line for line in lijin.contents()["responsibilities.jsonl"].splitlines() if not any(m in line for m in match)
    ]
    changed = warned({**lijin.contents(), "responsibilities.jsonl": b"\n".join(kept)})
    assert ("categories.jsonl", lijin.line_of("category", MATTER), "no-unit") in changed


def test_an_emergency_without_a_plan() -> None:
    line = lijin.line_of("category", "GB30428-2-2013/event/05-02")
    assert warned(without("plans.jsonl", "plan-gas")) == SAMPLE, "the general plan covers it"
    both = warned(without("plans.jsonl", "plan-gas", "plan-general"))
    assert ("categories.jsonl", line, "no-plan") in both


def test_a_local_category_with_another_districts_prefix() -> None:
    line = orjson.dumps(orjson.loads(lijin.contents()["categories.jsonl"].splitlines()[-1])).replace(
        b"370522", b"140800"
    )
    changed = {**lijin.contents(), "categories.jsonl": lijin.contents()["categories.jsonl"] + line}
    conditions = lijin.contents()["conditions.jsonl"]
    entity = orjson.loads(line)
    condition = {**orjson.loads(conditions.splitlines()[-1]), "id": f"{entity['code']}-9", "category": entity["id"]}
    changed["conditions.jsonl"] = conditions + orjson.dumps(condition)
    number = len(changed["categories.jsonl"].splitlines())
    assert ("categories.jsonl", number, "local-prefix") in warned(changed)


@pytest.mark.parametrize(("encoding", "rule"), [("gbk", "gbk"), ("gb18030", "gbk"), ("utf-16", "not-utf8")])
def test_a_file_that_is_not_utf8_is_named_with_its_line(encoding: str, rule: str) -> None:
    text = lijin.contents()["plans.jsonl"].decode()
    english = '{"id": "plan-x", "name": "x", "name_en": "x", "first_response": "mobile-team", "categories": []}'
    data = f"{english}\n{text}".encode(encoding)
    found: list[Finding] = from_files({**lijin.contents(), "plans.jsonl": data}, {}).findings
    assert [(each.file, each.line, each.rule) for each in found if each.file == "plans.jsonl"] == [
        ("plans.jsonl", 2 if rule == "gbk" else 1, rule)
    ]
    if rule == "gbk":
        assert all("iconv -f GB18030 -t UTF-8 plans.jsonl" in text for text in (found[0].zh, found[0].en))


def test_the_command_prints_warnings_and_succeeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in without("plans.jsonl", "plan-gas", "plan-general").items():
        (tmp_path / name).write_bytes(data)
    assert check_folder(str(tmp_path)) == 0
    printed = capsys.readouterr().out
    line = lijin.line_of("category", "GB30428-2-2013/event/05-02")
    assert f"categories.jsonl:{line}: 提示 warning: " in printed
    assert "预案" in printed
    assert "plan" in printed
