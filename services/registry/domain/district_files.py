"""District files: files with the data of a district, one file per kind of entity, one JSON object per line (JSONL).

So every fault can name its file and line. `load` reads a folder, and `parse` parses the bytes of files. Both refuse
unknown fields, and numbers that are written as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
from pydantic import ValidationError

from contracts.registry import KINDS, SECRET_KINDS, Entity
from services.registry.domain.district_draft import DistrictDraft, Finding, Source, sort_findings
from services.registry.domain.validation_texts import explain

_PLURALS = {
    "district": "district",
    "community": "communities",
    "category": "categories",
    "responsibility": "responsibilities",
    "knowledge": "knowledge",
}

FILES: dict[str, type[Entity]] = {
    f"{_PLURALS.get(kind, kind + 's')}.jsonl": model for kind, model in KINDS.items() if kind not in SECRET_KINDS
}
"""File name → model of its entities, in the order in which a release publishes them. Files may be missing."""

FILE_OF = {model.KIND: name for name, model in FILES.items()}
"""Kind of entity → name of its file."""

IGNORED = frozenset({"demo.jsonl"})
"""Files in the folder that are not published in a release. `demo.jsonl` describes the demo accounts."""

LONG_NUMBER = re.compile(rb"[0-9](?:[eE]|[0-9]{18})")
"""Pattern for numbers with many digits or an exponent.

Only lines with such a number are checked for numbers that are too large, because the check takes time.
"""

MAX_LINE = 19_000
"""Maximum bytes of a line. A line becomes the body of an event, which must have less than 20,000 bytes."""


class InvalidDistrictFilesError(Exception):
    """Raised for faults in district files. The message lists each fault as `file:line: text`."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(f"{each.file}:{each.line}: {each.en} / {each.zh}" for each in findings))


def load(folder: Path) -> dict[str, dict[str, Entity]]:
    """Return the entities in the district files of a folder, by kind and id.

    Raises `InvalidDistrictFilesError` for lines that cannot be parsed. The checks before a release are not done.
    """
    draft, findings = parse(read(folder))
    if findings:
        raise InvalidDistrictFilesError(findings)
    return draft.records


def read(folder: Path) -> dict[str, bytes]:
    """Return name → bytes of each `.jsonl` file of a folder. Raises `FileNotFoundError` if the folder is missing."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder of district files at {folder}")
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.jsonl"))}


def parse(files: Mapping[str, bytes]) -> tuple[DistrictDraft, list[Finding]]:
    """Parse all lines of all files. Return the entities of the valid lines, and findings about the invalid ones."""
    draft = DistrictDraft()
    findings = [_unknown_file(name) for name in files if name not in FILES and name not in IGNORED]
    for name, model in FILES.items():
        if (wrong := _not_utf8(name, files.get(name, b""))) is not None:
            findings.append(wrong)
            continue
        for number, line in _lines(files.get(name, b"")):
            entity, found = entity_of(model, line, name, number)
            findings += found
            if entity is None:
                continue
            before = draft.sources.get((entity.KIND, entity.id))
            if before is not None:
                findings.append(_duplicate_id(entity, name, number, before))
                continue
            draft.put(entity, Source(name, number))
    return draft, sort_findings(findings)


def entity_of(model: type[Entity], line: bytes, file: str, number: int) -> tuple[Entity | None, list[Finding]]:
    """Parse one line. Return its entity and no findings, or `None` and the faults of the line."""

    def finding(rule: str, zh: str, en: str, entity_id: str = "") -> Finding:
        return Finding(file=file, line=number, rule=rule, kind=model.KIND, id=entity_id, zh=zh, en=en)

    if len(line) > MAX_LINE:
        return None, [
            finding(
                "line-too-long",
                f"此行有 {len(line)} 字节，不得超过 {MAX_LINE} 字节。",
                f"The line has {len(line)} bytes; the limit is {MAX_LINE}.",
            )
        ]
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return None, [
            finding("not-json", f"第 {error.colno} 列起不是有效的 JSON。", f"Invalid JSON from column {error.colno}.")
        ]
    if not isinstance(value, dict):
        return None, [finding("not-an-object", "每行须是一个 JSON 对象。", "Each line must be a JSON object.")]
    if b"\\u0000" in line:
        return None, [finding("control-character", "文字中不得有空字符。", "Text must not contain the null character.")]
    raw_id = value.get("id")
    entity_id = raw_id if isinstance(raw_id, str) else ""
    try:
        entity = model.model_validate_json(line, strict=True)
    except ValidationError as error:
        return None, [finding("not-valid", zh, en, entity_id) for zh, en in explain(error)]
    if LONG_NUMBER.search(line) and not _survives_json(entity):
        return None, [finding("number-too-large", "数字过大。", "A number is too large.", entity_id)]
    return entity, []


def _survives_json(entity: Entity) -> bool:
    """Return whether orjson keeps all numbers of the entity exactly; false for 1e400 or an integer of 70 bits."""
    body = entity.to_body()
    try:
        return orjson.loads(orjson.dumps(body)) == body
    except orjson.JSONEncodeError:
        return False


def _lines(data: bytes) -> Iterable[tuple[int, bytes]]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if stripped := line.strip():
            yield number, stripped


def _not_utf8(name: str, data: bytes) -> Finding | None:
    """Return a finding about the first line that is not UTF-8, or `None` if the whole file is UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    else:
        return None
    command = f"iconv -f GB18030 -t UTF-8 {name} > {name}.utf8 && mv {name}.utf8 {name}"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return Finding(
            file=name,
            line=line,
            rule="not-utf8",
            zh="文件不是 UTF-8 编码。请另存为 UTF-8。",
            en="The file is not UTF-8. Save it as UTF-8.",
        )
    return Finding(
        file=name,
        line=line,
        rule="gbk",
        zh=f"文件是 GBK 编码，须为 UTF-8。请转换：{command}",
        en=f"The file is in GBK and must be UTF-8. Convert it: {command}",
    )


def _unknown_file(name: str) -> Finding:
    known = "、".join(FILES)
    return Finding(
        file=name,
        line=0,
        rule="unknown-file",
        zh=f"不认识的文件。可用的文件：{known}。",
        en=f"Unknown file. The files are: {', '.join(FILES)}.",
    )


def _duplicate_id(entity: Entity, file: str, line: int, before: Source) -> Finding:
    return Finding(
        file=file,
        line=line,
        rule="twice",
        kind=entity.KIND,
        id=entity.id,
        zh=f"编号 {entity.id} 已在第 {before.line} 行出现。",
        en=f"The id {entity.id} is already in line {before.line}.",
    )
