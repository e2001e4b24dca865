"""The file with the addresses of an Apache Kafka, and with its principals and their passwords.

`GRIDLOOP_KAFKA=<file> make run` connects each service with the principal of that service.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from deploy import topics
from deploy.local import files
from services.chassis.kafka import KafkaConnection, SecurityProtocol

PRINCIPALS = (topics.ADMIN, *topics.WRITES)


def ensure_access(
    file: Path, servers: str, security_protocol: SecurityProtocol, ca_file: Path | None
) -> dict[str, str]:
    """Write the file with a password for each principal. Return name → password. Existing passwords are kept."""
    known = files.read(file)
    passwords = {name: secrets.token_hex(24) for name in PRINCIPALS} | known.get("passwords", {})
    whole = {
        "servers": servers,
        "security_protocol": security_protocol,
        "ca_file": str(ca_file) if ca_file else "",
        "passwords": passwords,
    }
    if whole != known:
        files.write_private(file, whole)
    return passwords


def read(file: Path, name: str) -> KafkaConnection:
    """Return the connection settings of a service or of `topics.ADMIN` from the file.

    Raises `OSError` if the file cannot be read, and `KeyError` if the name is not in it.
    """
    if not file.exists():
        raise FileNotFoundError(file)
    found: dict[str, Any] = files.read(file)
    return KafkaConnection(
        found["servers"],
        found["security_protocol"],
        username=topics.principal(name),
        password=found["passwords"][name],
        ca_file=Path(found["ca_file"]) if found["ca_file"] else None,
    )
