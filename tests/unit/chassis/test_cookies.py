"""The name of the access token's cookie binds the token to this host if the public URL is encrypted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import Request

from services.chassis.web import credential

OPEN, ENCRYPTED = "http://localhost:8080", "https://gridloop.example.gov.cn"


@pytest.mark.parametrize(
    ("public_url", "name", "token"),
    [
        (OPEN, "gridloop_access", "token"),
        (ENCRYPTED, "__Host-gridloop_access", "token"),
        (ENCRYPTED, "gridloop_access", ""),
    ],
)
def test_a_token_is_read_only_from_the_cookie_of_the_expected_name(public_url: str, name: str, token: str) -> None:
    context = SimpleNamespace(settings=SimpleNamespace(gridloop_public_url=public_url))
    app = SimpleNamespace(state=SimpleNamespace(context=context))
    headers = [(b"cookie", f"{name}=token".encode())]
    assert credential(Request({"type": "http", "app": app, "headers": headers})) == (token, True)
