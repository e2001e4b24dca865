"""Clients of the demo and the benches that run for longer than a token is valid."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import jwt
import pytest

from bench.client import Client, ResponseError
from bench.play import send_as
from deploy.play import city as play
from deploy.play.city import City, Token
from services.registry.domain import tokens
from tests.support.registry_driver import PASSWORD, RegistryDriver

ACCOUNTS = "/api/registry/accounts"


@pytest.fixture
async def city(driver: RegistryDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    """Yield a client of the demo; tokens are valid for a minute."""
    monkeypatch.setattr(tokens, "ACCESS_LIFE", timedelta(seconds=60))
    demo = {"accounts": {"administrator": {"username": "administrator", "password": PASSWORD}}}
    (tmp_path / "demo.json").write_text(json.dumps(demo | {"channels": {}, "units": {}, "signatures": {}}))
    made = City(driver.registry.url, tmp_path)
    yield made
    await made.close()


def advance(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "monotonic", lambda: monotonic() + seconds)


def invalidate_token(city: City) -> None:
    """Replace the token by one that the server refuses and the client believes to be valid."""
    city.tokens["administrator"] = Token("ended", monotonic() + 3600)


async def test_a_token_is_renewed_before_it_ends(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    await city.credential("administrator")
    first = city.tokens["administrator"]
    advance(20, monkeypatch)
    await city.credential("administrator")
    assert city.tokens["administrator"] is first
    advance(40, monkeypatch)
    await city.credential("administrator")
    assert city.tokens["administrator"] is not first
    claims = jwt.decode(first.value, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 60


async def test_a_client_that_creates_accounts_signs_in_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo creates accounts of officers when it needs them, also after hours."""
    await city.credential("administrator")
    invalidate_token(city)
    advance(7200, monkeypatch)
    assert await city.credential("officer:officer-licheng-07")


async def test_a_refused_token_is_renewed_once_for_all_waiting_requests(city: City) -> None:
    await city.credential("administrator")
    invalidate_token(city)
    await asyncio.gather(*(city.ask("administrator", "GET", ACCOUNTS) for _ in range(5)))
    renewed = city.tokens["administrator"]
    assert await city.discard_token("administrator", "ended"), "a late request is retried as well"
    assert city.tokens["administrator"] is renewed


async def test_a_bench_continues_with_a_new_token(city: City) -> None:
    client = Client(city.url)
    await city.credential("administrator")
    invalidate_token(city)
    with pytest.raises(ResponseError):
        await client.send("GET", ACCOUNTS, "ended")
    assert (await send_as(city, client, "administrator", "GET", ACCOUNTS))["items"]
    client.close()


async def test_a_refused_key_is_not_retried(city: City) -> None:
    city.demo["units"]["sanitation"] = "glk_unknown"
    with pytest.raises(play.UnexpectedResponseError) as refused:
        await city.ask("unit:sanitation", "GET", ACCOUNTS)
    assert refused.value.status == 401
