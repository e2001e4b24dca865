"""Clients of our own that run for longer than a token lives: the play and the benches."""

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
    """Tokens live for a minute."""
    monkeypatch.setattr(tokens, "ACCESS_LIFE", timedelta(seconds=60))
    demo = {"accounts": {"administrator": {"username": "administrator", "password": PASSWORD}}}
    (tmp_path / "demo.json").write_text(json.dumps(demo | {"channels": {}, "units": {}, "signatures": {}}))
    made = City(driver.registry.url, tmp_path)
    yield made
    await made.close()


def let_pass(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "monotonic", lambda: monotonic() + seconds)


def ended(city: City) -> None:
    """The server takes the token no longer, though the client thinks that it lives."""
    city.tokens["administrator"] = Token("ended", monotonic() + 3600)


async def test_a_token_is_renewed_before_it_ends(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    await city.credential("administrator")
    first = city.tokens["administrator"]
    let_pass(20, monkeypatch)
    await city.credential("administrator")
    assert city.tokens["administrator"] is first
    let_pass(40, monkeypatch)
    await city.credential("administrator")
    assert city.tokens["administrator"] is not first
    claims = jwt.decode(first.value, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 60


async def test_who_makes_accounts_signs_in_again_too(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The play gives officers accounts as it meets them, also after hours."""
    await city.credential("administrator")
    ended(city)
    let_pass(7200, monkeypatch)
    assert await city.credential("officer:officer-licheng-07")


async def test_a_refused_token_is_replaced_once_for_all_who_had_it(city: City) -> None:
    await city.credential("administrator")
    ended(city)
    await asyncio.gather(*(city.ask("administrator", "GET", ACCOUNTS) for _ in range(5)))
    renewed = city.tokens["administrator"]
    assert await city.refused("administrator", "ended"), "whoever hears of it late tries again, too"
    assert city.tokens["administrator"] is renewed


async def test_a_bench_goes_on_with_a_new_token(city: City) -> None:
    client = Client(city.url)
    await city.credential("administrator")
    ended(city)
    with pytest.raises(ResponseError):
        await client.send("GET", ACCOUNTS, "ended")
    assert (await send_as(city, client, "administrator", "GET", ACCOUNTS))["items"]
    client.close()


async def test_a_key_that_is_refused_is_not_tried_again(city: City) -> None:
    city.demo["units"]["sanitation"] = "glk_unknown"
    with pytest.raises(play.UnexpectedResponseError) as refused:
        await city.ask("unit:sanitation", "GET", ACCOUNTS)
    assert refused.value.status == 401
