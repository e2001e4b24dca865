"""The desk of a unit in a browser without scripts: everything works with plain forms."""

from __future__ import annotations

import hashlib
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.fixtures.city import City

pytestmark = pytest.mark.browser

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000ffff03000006000557bfabd4"
    "0000000049454e44ae426082"
)


@pytest.fixture
def desk(visit: Visit) -> Page:
    return visit("/desk", "clerk", javascript=False)


def open_dispatch(page: Page, matter: str) -> None:
    page.get_by_role("link", name=matter).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(matter)


def test_the_inbox_is_sorted_by_deadline(desk: Page) -> None:
    matters = desk.locator(".inbox tbody a").all_inner_texts()
    assert matters == ["路灯", "污水井盖", "道路塌陷", "护栏损坏", "人行道破损"]
    expect(desk.locator(".inbox tbody tr").first).to_contain_text("超期 42分")


def test_a_dispatch_is_signed_and_completed_with_photos(desk: Page, city: City) -> None:
    open_dispatch(desk, "污水井盖")
    desk.get_by_role("button", name="签收").click()
    expect(desk.get_by_role("status")).to_contain_text("已签收。")
    desk.get_by_label("结果").select_option("solved")
    form = desk.locator("form[action$=complete]")
    form.get_by_label("说明").fill("井盖已补装")
    for field, picture in (("处置前照片", PNG), ("处置后照片", PNG + b"2")):
        form.get_by_label(field).set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture})
    form.get_by_role("button", name="办结").click()
    expect(desk.get_by_role("status")).to_contain_text("已办结")
    (signed, _, _), (completed, body, headers) = city.posted
    assert (signed, completed) == ("dispatch/sign", "dispatch/complete")
    before, after = (hashlib.sha256(picture).hexdigest() for picture in (PNG, PNG + b"2"))
    assert body == {
        "outcome": "solved",
        "note": "井盖已补装",
        "photos": [
            {"sha256": before, "role": "before"},
            {"sha256": after, "role": "after"},
        ],
    }
    assert set(city.photos) == {before, after}
    assert headers["idempotency-key"].endswith("-complete")


def test_a_return_needs_a_reason_and_a_note(desk: Page, city: City) -> None:
    open_dispatch(desk, "路灯")
    desk.get_by_text("申请退单", exact=True).first.click()
    form = desk.locator("form[action$=request-return]")
    form.get_by_label("理由").select_option("not_our_function")
    form.get_by_label("说明").fill("   ")
    form.locator("button.primary").click()
    expect(desk.get_by_role("alert")).to_contain_text("请填写说明。")
    expect(form.get_by_label("理由")).to_have_value("not_our_function")
    assert not city.posted
    form.get_by_label("说明").fill("路灯由供电公司养护")
    form.locator("button.primary").click()
    expect(desk.get_by_role("status")).to_contain_text("退单申请已提交。")
    expect(desk.locator(".note").first).to_contain_text("非本单位职责")


def test_a_formal_order_and_an_overdue_notice_are_answered_by_their_forms(desk: Page, city: City) -> None:
    """The first due is shown first, and an answered one is not shown any more."""
    open_dispatch(desk, "路灯")
    notices = desk.get_by_role("region", name="须答复")
    expect(notices.get_by_role("heading", level=3)).to_have_text(["督办", "超期告知"])
    notices.get_by_label("措施与完成时间").fill("今晚六时前修复")
    notices.get_by_role("button", name="答复").first.click()
    expect(desk.get_by_role("status")).to_contain_text("已答复。")
    expect(notices.get_by_role("heading", level=3)).to_have_text(["超期告知"])
    notices.get_by_label("超期原因").fill("  ")
    notices.get_by_role("button", name="答复").click()
    expect(desk.get_by_role("alert")).to_contain_text("请填写答复内容。")
    notices.get_by_label("超期原因").fill("缺配件")
    notices.get_by_role("button", name="答复").click()
    expect(notices).to_have_count(0)
    assert [(what, body["text"]) for what, body, _ in city.posted] == [
        ("supervision/reply", "今晚六时前修复"),
        ("supervision/reply", "缺配件"),
    ]
    keys = {headers["idempotency-key"] for _, _, headers in city.posted}
    assert len(keys) == 2


def test_progress_can_name_a_reached_milestone(desk: Page, city: City) -> None:
    open_dispatch(desk, "道路塌陷")
    desk.get_by_text("反馈进展", exact=True).first.click()
    form = desk.locator("form[action$=progress]")
    form.get_by_label("达成节点").select_option("修复")
    form.get_by_label("说明").fill("已回填")
    form.locator("button.primary").click()
    expect(desk.get_by_role("status")).to_contain_text("进展已记录。")
    assert city.posted[0][1] == {"milestone": "修复", "note": "已回填", "photos": []}


def test_a_command_on_a_changed_dispatch_is_refused_and_keeps_its_text(desk: Page, city: City) -> None:
    open_dispatch(desk, "道路塌陷")
    for name, dispatch in city.dispatches.items():
        city.dispatches[name] = dispatch.model_copy(update={"version": dispatch.version + 1})
    form = desk.locator("form[action$=complete]")
    form.get_by_label("结果").select_option("solved")
    form.get_by_label("说明").fill("已修复")
    form.locator("button.primary").click()
    expect(desk.get_by_role("alert")).to_contain_text("别人刚刚更新了这张派遣单。")
    expect(form.get_by_label("说明")).to_have_value("已修复")


def test_a_file_that_is_no_image_is_refused_by_name(desk: Page, city: City) -> None:
    open_dispatch(desk, "道路塌陷")
    form = desk.locator("form[action$=complete]")
    form.get_by_label("结果").select_option("solved")
    form.get_by_label("说明").fill("已修复")
    form.get_by_label("处置后照片").set_input_files(
        {"name": "报告.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    form.locator("button.primary").click()
    expect(desk.get_by_role("alert")).to_contain_text("报告.pdf 不是 JPEG、PNG 或 WebP 图片。")
    assert not city.posted


def test_the_printed_dispatch_has_no_page_header(desk: Page) -> None:
    open_dispatch(desk, "道路塌陷")
    desk.get_by_role("link", name="打印派遣单").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("派遣单")
    desk.emulate_media(media="print")
    expect(desk.locator(".masthead")).to_be_hidden()


def test_signing_out_ends_the_session_at_the_registry(desk: Page, city: City) -> None:
    desk.get_by_role("button", name="退出").click()
    desk.wait_for_url(f"{city.base}/")
    assert not city.signed_in
    desk.goto(f"{city.base}/desk")
    desk.wait_for_url("**/sign-in*")


def test_new_dispatches_are_announced_and_the_list_stays(visit: Visit, city: City) -> None:
    """With scripts, the inbox shows a link when a dispatch is new, and does not change by itself."""
    page = visit("/desk", "clerk")
    page.clock.install()
    page.reload()
    first = next(iter(city.dispatches.values()))
    city.dispatches["new"] = first.model_copy(update={"dispatch_id": UUID(int=65535, version=4)})
    page.clock.run_for(31_000)
    expect(page.get_by_role("link", name="有新派遣单，刷新查看")).to_be_visible()
    expect(page.locator(".inbox tbody tr")).to_have_count(5)
