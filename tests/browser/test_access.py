"""Accessibility of every page in both languages and appearances: axe finds nothing, a telephone shows everything."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.fixtures.stub_services import PASSWORD

pytestmark = pytest.mark.browser

LOOKS = [("zh-CN", "light"), ("en", "dark")]
"""Each language and each appearance occurs once, because they do not depend on each other."""
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # else axe describes every correct element
}


def check(page: Page, part: str | None = None) -> None:
    """Fail with what axe finds on the page or in one part of it."""
    page.wait_for_load_state("load")  # with styles
    found = Axe().run(page, part, WCAG).response["violations"]
    faults = beyond_a_phone(page) if part is None and page.locator("main#content").count() else []
    faults += [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary']}" for each in found for node in each["nodes"][:3]
    ]
    assert not faults, "\n".join(faults)


def beyond_a_phone(page: Page) -> list[str]:
    """Return what is outside of a screen of 390 × 844.

    Only a region that scrolls by itself and that a keyboard reaches may have content there.
    """
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    found: list[str] = page.evaluate(_BEYOND)
    if size is not None:
        page.set_viewport_size(size)
    return found


_BEYOND = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? [`sideways: ${document.documentElement.scrollWidth} px`] : []),
  ...[...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1)
    .filter((each) => !each.closest("[tabindex='0'], .unseen, .inbox thead, svg"))
    .map((each) => `beyond the screen: ${each.outerHTML.slice(0, 120)}`),
].slice(0, 5)"""


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_plain_pages(visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str) -> None:
    page = visit("/", language=language, theme=theme)
    check(page)
    screenshot(page, f"home-{language}-{theme}")
    page = visit("/sign-in?next=/desk", language=language, theme=theme)
    check(page)
    screenshot(page, f"sign-in-{language}-{theme}")
    page.fill("#username", "clerk")
    page.fill("#password", PASSWORD)
    page.click("form.panel button.primary")
    page.wait_for_url("**/desk*")
    page = visit("/nowhere", language=language, theme=theme)
    check(page)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_desk(visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str) -> None:
    page = visit("/desk", "clerk", language, theme)
    check(page)
    screenshot(page, f"desk-{language}-{theme}")
    page.locator(".inbox a").nth(2).click()
    expect(page.locator(".actions")).to_be_visible()
    check(page)
    screenshot(page, f"dispatch-{language}-{theme}")
    page.locator(".actions a.button").click()
    check(page)
    page.goto(page.url.rpartition("/desk/")[0] + "/desk/crews")
    check(page)
    screenshot(page, f"crews-{language}-{theme}")


@pytest.mark.parametrize(("language", "theme"), [*LOOKS, ("zh-CN", "wall")])
def test_board(visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str) -> None:
    size = (1920, 1080) if theme == "wall" else (1366, 768)
    page = visit("/board", "dispatcher", language, theme, size=size)
    expect(page.locator(".card").first).to_be_visible()
    expect(page.locator(".lamp.green")).to_be_visible()
    check(page)
    screenshot(page, f"board-{language}-{theme}")
    if theme != "wall":
        assert beyond_a_phone(page) == []
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline li").first).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("form.action")).to_be_visible()
    check(page, ".drawer")
    screenshot(page, f"drawer-{language}-{theme}")


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_scorecards(visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str) -> None:
    page = visit("/scorecards", "dispatcher", language, theme, size=(1366, 768))
    check(page)
    screenshot(page, f"scorecards-{language}-{theme}")
    page.locator("table tbody a").first.click()
    expect(page).to_have_url(re.compile(r"/scorecards/unit/sanitation"))
    check(page)
    screenshot(page, f"scorecard-{language}-{theme}")
    page.locator("a[href*='/scorecards/unit/sanitation/']").first.click()
    expect(page.get_by_text("LJ-20261123-000001")).to_be_visible()
    check(page)
    screenshot(page, f"scorecard-cases-{language}-{theme}")
    for figure in ("patrol_due", "patrol_visited"):
        page.goto(re.sub("/scorecards/.*", f"/scorecards/officer/sanitation/{figure}?period=2026-11", page.url))
        expect(page.locator("table tbody tr")).to_have_count(3)
        check(page)
        screenshot(page, f"scorecard-{figure}-{language}-{theme}")


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_help_and_burden(visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str) -> None:
    page = visit("/desk/burden", "clerk", language, theme, size=(1366, 768))
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator("#unanswered + ul li")).to_have_count(1)
    check(page)
    screenshot(page, f"burden-{language}-{theme}")
    page.goto(page.url.replace("burden", "assists"))
    check(page)
    screenshot(page, f"assists-{language}-{theme}")
    page.locator(".inbox a").click()
    expect(page.get_by_role("button").first).to_be_visible()
    check(page)
    screenshot(page, f"assist-{language}-{theme}")


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_duty_floods_and_call_backs(
    visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str
) -> None:
    page = visit("/duty", "dispatcher", language, theme, size=(1366, 768))
    for name in ("roster", "handovers", "handover", "digests", "digest"):
        expect(page.get_by_role("table").first).to_be_visible()
        check(page)
        screenshot(page, f"duty-{name}-{language}-{theme}")
        if name == "handover":
            page.emulate_media(media="print")
            shown = page.evaluate("getComputedStyle(document.querySelector('.sheet th')).backgroundColor")
            assert shown == "rgb(245, 247, 250)", "paper is white in every appearance"
            expect(page.locator("form.line")).to_be_hidden()
            page.emulate_media(media="screen")
        if name in ("handovers", "digests"):
            page.locator("table.scores a").click()
        elif name != "digest":
            page.goto(re.sub("/duty.*", "/duty/handovers" if name == "roster" else "/duty/digests", page.url))
    for name in ("floods?kind=storms", "floods/control-areas/new", "desk/call-backs", "call-back"):
        if name == "call-back":
            page.locator(".inbox a").first.click()
        else:
            page.goto(re.sub("/(duty|floods).*", f"/{name}", page.url))
        check(page)
        screenshot(page, f"{re.sub('[^a-z]+', '-', name)}-{language}-{theme}")


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_drafts_of_the_list(visit: Visit, screenshot: Callable[[Page, str], None], language: str, theme: str) -> None:
    page = visit("/list", "dispatcher", language, theme, size=(1366, 768))
    check(page)
    screenshot(page, f"list-{language}-{theme}")
    page.locator(".inbox a").first.click()
    page.locator("#days + button").click()
    expect(page.locator("form[action$='/submit'] button")).to_be_visible()
    check(page)
    screenshot(page, f"list-draft-{language}-{theme}")
    page.locator("a[href*='/entries']").click()
    check(page)
    screenshot(page, f"list-entries-{language}-{theme}")
    page.locator(".inbox a").first.click()
    expect(page.locator("#lead")).to_be_visible()
    check(page)
    screenshot(page, f"list-entry-{language}-{theme}")


def test_filters_map_and_help(visit: Visit, screenshot: Callable[[Page, str], None]) -> None:
    page = visit("/board?map=", "dispatcher", "en")
    expect(page.locator(".leaflet-container")).to_be_visible()
    page.get_by_role("button", name="Filter", exact=True).click()
    check(page)
    screenshot(page, "filters-en-light")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "dialog")
