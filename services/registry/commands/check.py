"""The command that checks district files."""

from __future__ import annotations

from pathlib import Path

from services.registry.commands.output import print_line
from services.registry.domain import district_files
from services.registry.domain.proposal import from_files


def check_folder(folder: str) -> int:
    """Check a folder of district files. Print each fault and warning as `file:line: text`.

    Without faults, also print the number of entities. Return the exit code: 1 if there are faults, 2 if the folder is
    missing, otherwise 0.
    """
    try:
        proposal = from_files(district_files.read(Path(folder)), {})
    except FileNotFoundError as error:
        print_line(str(error))
        return 2
    for finding in proposal.findings:
        print_line(f"{finding.file}:{finding.line}: {finding.zh} / {finding.en}")
    for warning in proposal.warnings:
        print_line(f"{warning.file}:{warning.line}: 提示 warning: {warning.zh} / {warning.en}")
    if not proposal.findings:
        print_line(f"{len(proposal.changes)} 项，无误 / {len(proposal.changes)} entities, no faults")
    return 1 if proposal.findings else 0
