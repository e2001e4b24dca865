"""Confidential details on the pages of the desk: a unit reveals them one by one."""

from __future__ import annotations

import pytest

from services.console.words import Words
from tests.unit.console.desk_services import CASE, CONFIDENTIAL, DISPATCH, Services, page_text
from tests.unit.console.page_client import page_client


@pytest.mark.parametrize(("language", "said"), [("en", "Found safe"), ("zh-CN", "确认平安")])
async def test_the_unit_can_reveal_the_confidential_details_of_its_dispatch(language: str, said: str) -> None:
    """Events and dispatches contain only the major category."""
    links = {"text": f"/api/intake/cases/{CASE}/confidential"}
    services = Services("actual", confidential=True, links=links)
    before = await page_text(services, f"/desk/{DISPATCH}", language)
    assert said not in before
    async with page_client(services, language) as web:
        page = await web.post(f"/desk/{DISPATCH}/reveal", data={"csrf": "c"})
    closing_condition = CONFIDENTIAL["condition"]["closing_condition_en" if language == "en" else "closing_condition"]
    assert (page.status_code, said in page.text, closing_condition in page.text) == (200, True, True)
    for where in ("370522001003005 37.491235, 118.250000 (CGCS2000)", CONFIDENTIAL["component_id"]):
        assert where in page.text, "only this page shows the exact place"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_page_offers_to_reveal_details_only_where_there_are_some(language: str) -> None:
    """An ordinary case may have confidential details, too."""
    links = {"text": f"/api/intake/cases/{CASE}/confidential"}
    offer = Words(language)("desk.reveal")
    confidential, ordinary = Services("actual", confidential=True, links=links), Services("actual", links=links)
    for services in (confidential, ordinary):
        assert offer in await page_text(services, f"/desk/{DISPATCH}", language)
    assert offer not in await page_text(Services("actual"), f"/desk/{DISPATCH}", language)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_page_of_a_confidential_case_warns_that_comments_are_not_stored(language: str) -> None:
    warning = Words(language)("desk.words_unkept")
    links = {"text": f"/api/intake/cases/{CASE}/confidential"}
    assert warning in await page_text(Services("actual", confidential=True, links=links), f"/desk/{DISPATCH}", language)
    assert warning not in await page_text(Services("actual"), f"/desk/{DISPATCH}", language)
