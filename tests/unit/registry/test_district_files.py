"""District files: every finding has file and line, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.registry.api.imports import unzip
from services.registry.commands.check import check_folder
from services.registry.domain import district_files
from services.registry.domain.district_files import InvalidDistrictFilesError
from services.registry.domain.problems import UploadUnreadable
from services.registry.domain.proposal import SingleChange, from_changes
from tests.unit.registry import sample_district


def only_finding(name: str, content: bytes) -> tuple[int, str, str]:
    """Return line, rule and English text of the only finding."""
    _, findings = district_files.parse({name: content})
    assert len(findings) == 1, findings
    assert findings[0].file == name
    assert findings[0].zh
    return findings[0].line, findings[0].rule, findings[0].en


def test_the_sample_district_has_no_findings() -> None:
    assert sample_district.findings(sample_district.sample_files()) == []


def test_invalid_json_is_reported_with_line_and_column() -> None:
    good = sample_district.sample_files()["units.jsonl"].splitlines()[0]
    assert only_finding("units.jsonl", good + b'\n\n{"id": "x",}\n') == (3, "not-json", "Invalid JSON from column 11.")


def test_a_line_that_is_not_an_object_is_refused() -> None:
    assert only_finding("units.jsonl", b"[1]") == (1, "not-an-object", "Each line must be a JSON object.")


def test_an_unknown_field_and_a_wrong_value_are_named() -> None:
    unit = {"id": "x", "name": "甲", "name_en": "X", "kind": "kingdom", "colour": "red"}
    _, findings = district_files.parse({"units.jsonl": orjson.dumps(unit)})
    assert {each.en.split(":")[0] for each in findings} == {"kind", "colour"}
    assert any("只能是" in each.zh for each in findings)
    assert {each.id for each in findings} == {"x"}


def test_a_number_as_text_is_refused() -> None:
    community = orjson.loads(sample_district.sample_files()["communities.jsonl"].splitlines()[0]) | {"households": "12"}
    assert only_finding("communities.jsonl", orjson.dumps(community))[1] == "not-valid"


def test_errors_of_the_models_are_in_chinese_too() -> None:
    shift = {"id": "x", "areas": ["370522"], "starts": "08:00", "ends": "18:00"}
    _, findings = district_files.parse({"shifts.jsonl": orjson.dumps(shift)})
    assert "之一" in findings[0].zh
    assert "exactly one of" in findings[0].en


def test_a_duplicate_id_names_both_lines() -> None:
    line = sample_district.sample_files()["units.jsonl"].splitlines()[0]
    number, rule, text = only_finding("units.jsonl", line + b"\n" + line)
    assert (number, rule) == (2, "twice")
    assert "line 1" in text


def test_an_unknown_file_is_named() -> None:
    assert only_finding("unit.jsonl", b"{}")[:2] == (0, "unknown-file")


def test_a_file_cannot_define_machine_keys() -> None:
    assert only_finding("machine_keys.jsonl", b"{}")[1] == "unknown-file"


def test_a_null_character_and_a_very_long_line_are_refused() -> None:
    unit = {"id": "x", "name": "a\0b", "name_en": "X", "kind": "authority"}
    assert only_finding("units.jsonl", orjson.dumps(unit))[1] == "control-character"
    assert only_finding("units.jsonl", b'{"id": "' + b"x" * 20_000 + b'"}')[1] == "line-too-long"


def test_a_number_that_does_not_fit_is_refused() -> None:
    community = orjson.loads(sample_district.sample_files()["communities.jsonl"].splitlines()[0])
    assert only_finding("communities.jsonl", orjson.dumps(community).replace(b"2398", b"9" * 25))[1] == "not-valid"
    settings = orjson.loads(sample_district.sample_files()["district.jsonl"]) | {"yellow_share": 0.5}
    assert only_finding("district.jsonl", orjson.dumps(settings).replace(b"0.5", b"1e400"))[1] in {
        "number-too-large",
        "not-json",
    }


def test_a_change_that_is_nested_too_deeply_is_a_finding() -> None:
    body: dict[str, Any] = {}
    for _ in range(100_000):
        body = {"x": body}
    change = SingleChange(kind="unit", id="a", body=body)
    assert [each.rule for each in from_changes([change], {}).findings] == ["number-too-large"]


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    lines = sample_district.sample_files()["units.jsonl"].splitlines()
    draft, findings = district_files.parse({"units.jsonl": b"\xef\xbb\xbf" + b"\r\n".join(lines)})
    assert findings == []
    assert len(draft.records["unit"]) == len(lines)


def test_loading_raises_with_every_line(tmp_path: Path) -> None:
    (tmp_path / "units.jsonl").write_text("{}\nnonsense\n")
    with pytest.raises(InvalidDistrictFilesError, match=r"units\.jsonl:2: Invalid JSON"):
        district_files.load(tmp_path)


def test_the_check_command_prints_findings_and_sets_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_folder(str(sample_district.FOLDER)) == 0
    (tmp_path / "units.jsonl").write_text("nonsense\n")
    assert check_folder(str(tmp_path)) == 1
    assert "units.jsonl:1:" in capsys.readouterr().out
    assert check_folder(str(tmp_path / "missing")) == 2


BOM = b"\xef\xbb\xbf"
"""The byte order mark of some editors; a file with nothing else is empty."""


@given(st.dictionaries(st.sampled_from(sorted(district_files.FILES)), st.binary(max_size=300), max_size=4))
@example({"units.jsonl": BOM})
def test_any_bytes_give_records_or_findings(contents: dict[str, bytes]) -> None:
    draft, findings = district_files.parse(contents)
    lines = [line for data in contents.values() for line in data.removeprefix(BOM).split(b"\n")]
    assert draft.records or findings or not any(line.strip() for line in lines)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_a_damaged_field_gives_findings_in_both_languages_or_a_valid_district(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([model.KIND for model in district_files.FILES.values()]))
    lines = sample_district.sample_files()[district_files.FILE_OF[kind]].splitlines()
    entity = orjson.loads(data.draw(st.sampled_from(lines)))
    field = data.draw(st.sampled_from(sorted(entity)))
    value = data.draw(_JSON)
    changed = sample_district.with_change(kind, entity["id"], lambda found: found.update({field: value}))
    for finding in sample_district.findings(changed):
        assert finding.zh
        assert finding.en


def test_an_invalid_zip_is_refused() -> None:
    with pytest.raises(UploadUnreadable):
        unzip(b"not a zip")
    with pytest.raises(UploadUnreadable):
        unzip(b"PK\x05\x06" + b"\xff" * 18)
