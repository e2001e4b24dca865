"""The pages on real parts, and browsers without JavaScript that are signed in at them."""

from __future__ import annotations

import re

import httpx

from services.chassis import outgoing
from tests.support.house import House
from tests.support.lijin import PASSWORD


async def signed_in(house: House, who: str, language: str = "en") -> httpx.AsyncClient:
    """Signed in by the form."""
    url = house.running["console"].url
    web = outgoing.client(base_url=url, headers={"accept-language": language}, timeout=30)
    form = {"username": who, "password": PASSWORD, "next": "/"}
    answer = await web.post("/sign-in", data={**form, "csrf": csrf_of((await web.get("/sign-in")).text)})
    assert answer.status_code == 303, answer.text
    return web


def csrf_of(text: str) -> str:
    """The token in the first form of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found is not None, text
    return found[1]


async def fill_in(web: httpx.AsyncClient, page: str, form: str, **fields: str) -> httpx.Response:
    """Send a form that stands on a page, with what is hidden in it, and follow to where it leads."""
    text = (await web.get(page)).text
    assert f'action="{form}"' in text, text
    part = text.partition(f'action="{form}"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', part))
    return await web.post(form, data={**hidden, **fields}, follow_redirects=True)
