"""The errors of a route, as its OpenAPI shows them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from services.chassis.problems import (
    ChangedMeanwhile,
    InvalidRequest,
    KeyReused,
    NotAllowed,
    NothingToMatch,
    NotJson,
    NotReady,
    NotSignedIn,
    Problem,
    SignatureMissing,
    SignatureOutdated,
    SignatureWrong,
)

SIGNED_IN: tuple[type[Problem], ...] = (NotSignedIn, NotAllowed, InvalidRequest, NotReady)
COMMAND: tuple[type[Problem], ...] = (
    *SIGNED_IN, SignatureMissing, SignatureOutdated, SignatureWrong, NotJson, KeyReused, ChangedMeanwhile,
    NothingToMatch,
)  # fmt: skip


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: each status with the problem types that answer it."""
    by_status: dict[int | str, list[type[Problem]]] = defaultdict(list)
    for problem in problems:
        by_status[problem.status].append(problem)
    return {
        status: {
            "description": " · ".join(f"`{each.type()}` {each.en}" for each in found),
            "content": {"application/problem+json": {"schema": {"type": "object", "required": ["type", "status", "title"]}}},
        }
        for status, found in by_status.items()
    }  # fmt: skip
