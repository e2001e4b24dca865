"""District files: one JSON object per line (JSONL), one file per kind, so that every fault has a line.

`load` reads a folder, `parse` the bytes of files. Both are strict: what a kind does not know is refused, and so is a
number written as text. Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
from pydantic import ValidationError

from contracts.registry import KINDS, SECRET_KINDS, Entity
from services.registry.domain.draft import Draft, Finding, Source, in_order
from services.registry.domain.words import explain

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
"""File name → kind, in the order in which a release lists them. A file that is missing holds nothing."""

FILE_OF = {model.KIND: name for name, model in FILES.items()}
"""Kind → file name."""

IGNORED = frozenset({"demo.jsonl"})
"""Stands in the folder but is no part of a release: bindings of demo accounts."""

_UNUSUAL = re.compile(rb"[0-9](?:[eE]|[0-9]{18})")
"""Only long numbers and powers can be too large, and few lines have any."""

MAX_LINE = 19_000
"""Bytes of one line. An event's body must stay under 20,000."""


class DistrictFilesWrong(Exception):
    """District files that cannot be published. The message lists each fault as `file:line: text`."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(f"{each.file}:{each.line}: {each.en} / {each.zh}" for each in findings))


def load(folder: Path) -> dict[str, dict[str, Entity]]:
    """The entities of a folder by kind and id, parsed but not yet checked against each other. Raises `DistrictFilesWrong`."""
    draft, findings = parse(read(folder))
    if findings:
        raise DistrictFilesWrong(findings)
    return draft.records


def read(folder: Path) -> dict[str, bytes]:
    """The bytes of every `.jsonl` file of a folder by name. FileNotFoundError when there is no such folder."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder of district files at {folder}")
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.jsonl"))}


def parse(files: Mapping[str, bytes]) -> tuple[Draft, list[Finding]]:
    """Read every line of every file. Lines that are wrong give findings and no entity."""
    draft = Draft()
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
                findings.append(_twice(entity, name, number, before))
                continue
            draft.put(entity, Source(name, number))
    return draft, in_order(findings)


def entity_of(model: type[Entity], line: bytes, file: str, number: int) -> tuple[Entity | None, list[Finding]]:
    """Read one entity from one line: the entity, or what is wrong with the line."""

    def finding(rule: str, zh: str, en: str, entity_id: str = "") -> Finding:
        return Finding(file=file, line=number, rule=rule, kind=model.KIND, id=entity_id, zh=zh, en=en)

    if len(line) > MAX_LINE:
        return None, [
            finding(
                "line-too-long", f"此行 {len(line)} 字节，上限 {MAX_LINE}。", f"{len(line)} bytes, at most {MAX_LINE}."
            )
        ]
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return None, [
            finding("not-json", f"第 {error.colno} 列起不是有效的 JSON。", f"Not JSON from column {error.colno} on.")
        ]
    if not isinstance(value, dict):
        return None, [finding("not-an-object", "每行须是一个 JSON 对象。", "Each line is one JSON object.")]
    if b"\\u0000" in line:
        return None, [finding("control-character", "文字中不得有空字符。", "Text may not hold the null character.")]
    named = value.get("id")
    entity_id = named if isinstance(named, str) else ""
    try:
        entity = model.model_validate_json(line, strict=True)
    except ValidationError as error:
        return None, [finding("not-valid", zh, en, entity_id) for zh, en in explain(error)]
    if _UNUSUAL.search(line) and not _comes_back(entity):
        return None, [finding("number-too-large", "数字过大。", "A number is too large.", entity_id)]
    return entity, []


def _comes_back(entity: Entity) -> bool:
    """Whether the entity survives the way through JSON that every release takes (1e400 and 70-bit integers do not)."""
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
    """What is wrong with a file that is not UTF-8: at the first line that is not."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    else:
        return None
    converting = f"iconv -f GB18030 -t UTF-8 {name} > {name}.utf8 && mv {name}.utf8 {name}"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return Finding(
            file=name, line=line, rule="not-utf8", zh="文件不是 UTF-8 编码。请另存为 UTF-8。",
            en="The file is not UTF-8. Save it as UTF-8.",
        )  # fmt: skip
    return Finding(
        file=name, line=line, rule="gbk", zh=f"文件是 GBK 编码，须为 UTF-8。请转换：{converting}",
        en=f"The file is in GBK and must be UTF-8. Convert it: {converting}",
    )  # fmt: skip


def _unknown_file(name: str) -> Finding:
    known = "、".join(FILES)
    return Finding(
        file=name, line=0, rule="unknown-file", zh=f"不认识的文件。可用的文件：{known}。",
        en=f"Unknown file. The files are: {', '.join(FILES)}.",
    )  # fmt: skip


def _twice(entity: Entity, file: str, line: int, before: Source) -> Finding:
    return Finding(
        file=file, line=line, rule="twice", kind=entity.KIND, id=entity.id,
        zh=f"编号 {entity.id} 已在第 {before.line} 行出现。", en=f"The id {entity.id} already stands in line {before.line}.",
    )  # fmt: skip
