"""HTTP clients that use the pages like a browser without JavaScript."""

from __future__ import annotations

import re

import httpx

from services.chassis import http_client
from tests.support.installation import Installation
from tests.support.sample_district import PASSWORD


async def sign_in(installation: Installation, who: str, language: str = "en") -> httpx.AsyncClient:
    """Sign in through the form and return the client."""
    url = installation.running["console"].url
    web = http_client.create_client(base_url=url, headers={"accept-language": language}, timeout=30)
    form = {"username": who, "password": PASSWORD, "next": "/"}
    answer = await web.post("/sign-in", data={**form, "csrf": csrf_of((await web.get("/sign-in")).text)})
    assert answer.status_code == 303, answer.text
    return web


def csrf_of(text: str) -> str:
    """Return the CSRF token of the first form of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found is not None, text
    return found[1]


async def fill_in(web: httpx.AsyncClient, page: str, form: str, **fields: str) -> httpx.Response:
    """Send a form of a page with its hidden fields, and follow the redirect."""
    hidden = hidden_fields((await web.get(page)).text, form)
    return await web.post(form, data={**hidden, **fields}, follow_redirects=True)


def hidden_fields(text: str, form: str, number: int = 1) -> dict[str, str]:
    """Return the hidden fields of the `number`-th form with this address on a page."""
    parts = text.split(f'action="{form}"')
    assert len(parts) > number, text
    return dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', parts[number].partition("</form>")[0]))
