"""Fixtures of the browser tests: stubs of the other services, Chromium, and pages without outside network."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    Route,
    expect,
    sync_playwright,
)

from services.console.rendering import BUILT
from tests.browser.fixtures.city import City
from tests.browser.fixtures.stub_services import PASSWORD

_CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium must not use the network in the background, and cannot use its sandbox as root. A page lives for a second, so
# that a process of its own and optimised code would cost more time than they save.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",
    "--js-flags=--no-opt",
)
# Console messages of requests that a test makes fail on purpose.
_EXPECTED = ("Failed to load resource",)

Visit = Callable[..., Page]

expect.set_options(timeout=30_000)  # the same as for a click, so that a slow machine is no error


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Yield the Chromium of this machine; skip the tests if there is none.

    It is closed after the last browser test, because no other event loop can start while Playwright runs.
    """
    path = next((found for name in _CHROMIUMS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    if not (BUILT / ".vite" / "manifest.json").exists():
        pytest.fail("the board is not built: make web")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def city() -> Iterator[City]:
    """Yield new stubs of the other services with 80 open cases."""
    with City().open() as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, city: City) -> Iterator[Visit]:
    """Yield a function that opens a page; fail afterwards on outside requests, script errors or policy violations."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(
        path: str,
        user: str = "",
        language: str = "zh-CN",
        theme: str = "light",
        javascript: bool = True,
        size: tuple[int, int] = (1920, 1080),
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        contexts.append(context)
        for name, value in (("gridloop_language", language), ("gridloop_theme", theme)):
            context.add_cookies([{"name": name, "value": value, "url": city.base}])
        context.route(lambda url: urlsplit(url).netloc != urlsplit(city.base).netloc, _refuse)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", _record_error)
        page.on("response", _check_status)
        if user:
            _sign_in(context, city.base, user)
        page.goto(city.base + path)
        return page

    def _refuse(route: Route) -> None:
        if urlsplit(route.request.url).scheme in {"http", "https", "ws", "wss"}:
            faults.append(f"outside request: {route.request.url}")
            route.abort()
        else:
            route.continue_()

    def _check_status(response: Response) -> None:
        if response.status >= 500 and response.request.is_navigation_request():
            faults.append(f"page with a server fault: {response.status} {response.url}")

    def _record_error(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_EXPECTED):
            faults.append(f"console: {message.text}")

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults


def _sign_in(context: BrowserContext, base: str, user: str) -> None:
    """Sign in with the requests of the form, without drawing the page."""
    form = context.request.get(f"{base}/sign-in").text()
    [csrf] = re.findall(r'name="csrf" value="([^"]+)"', form)
    filled = {"csrf": csrf, "username": user, "password": PASSWORD, "next": "/"}
    answer = context.request.post(f"{base}/sign-in", form=filled, headers={"origin": base}, max_redirects=0)
    assert answer.status == 303, answer.text()


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Return a function that stores pictures in the folder `SCREENSHOTS`, in this size and in that of a telephone.

    Without the variable it does nothing.
    """
    folder = os.environ.get("SCREENSHOTS")

    def keep(page: Page, name: str) -> None:
        if folder:
            path = Path(folder) / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path)
            size = page.viewport_size
            page.set_viewport_size({"width": 390, "height": 844})
            page.screenshot(path=path.with_stem(f"{name}-390"), full_page=True)
            page.set_viewport_size(size or {"width": 1366, "height": 768})

    return keep
