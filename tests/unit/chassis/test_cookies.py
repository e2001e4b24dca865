"""The cookie of the access token is bound to this host wherever the public URL is encrypted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import Request

from services.chassis.web import credential

OPEN, ENCRYPTED = "http://localhost:8080", "https://gridloop.example.gov.cn"


@pytest.mark.parametrize(
    ("public_url", "name", "taken"),
    [
        (OPEN, "gridloop_access", "token"),
        (ENCRYPTED, "__Host-gridloop_access", "token"),
        (ENCRYPTED, "gridloop_access", ""),
    ],
)
def test_a_token_is_taken_from_the_cookie_of_that_name_only(public_url: str, name: str, taken: str) -> None:
    context = SimpleNamespace(settings=SimpleNamespace(gridloop_public_url=public_url))
    app = SimpleNamespace(state=SimpleNamespace(context=context))
    headers = [(b"cookie", f"{name}=token".encode())]
    assert credential(Request({"type": "http", "app": app, "headers": headers})) == (taken, True)
