"""The live board in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from contracts.board import Card
from tests.browser.conftest import Visit
from tests.browser.fixtures.city import City
from tests.browser.test_access import check

pytestmark = pytest.mark.browser


def lane(page: Page, stage: str) -> Locator:
    return page.locator("section.lane", has=page.locator(f"#lane-{stage}"))


def first_card(page: Page, stage: str) -> Locator:
    return lane(page, stage).locator(".card").first


def count(page: Page, stage: str) -> int:
    return int(re.sub(r"\D", "", lane(page, stage).locator(".total").inner_text()))


def urgent_first(cards: list[Card], stage: str) -> list[Card]:
    def key(card: Card) -> tuple[object, ...]:
        rank = 0 if card.emergency and stage != "evaluation" else 1 if card.light == "red" else 2
        return rank, card.due_at is None, card.due_at or card.reported_at, card.reported_at

    return sorted((card for card in cards if card.stage == stage), key=key)


def test_six_lanes_show_every_case_with_the_most_urgent_first(visit: Visit, city: City) -> None:
    """The order is emergencies, overdue cases, then deadlines. Each lane shows its count."""
    page = visit("/board", "dispatcher")
    expect(page.locator("section.lane")).to_have_count(6)
    expect(first_card(page, "handling")).to_be_visible()
    for stage in ("command", "handling", "supervision"):
        wanted = urgent_first(list(city.cards.values()), stage)
        assert count(page, stage) == len(wanted)
        shown = lane(page, stage).locator(".card").evaluate_all("cards => cards.map(card => card.dataset.case)")
        assert shown[:6] == [str(card.id) for card in wanted[:6]]


def test_a_complete_case_number_without_a_card_leads_to_the_case(visit: Visit) -> None:
    """The case has ended or does not exist; empty lanes alone would not show that."""
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    page.fill("#search", "LJ-20200101-000001")
    notice = page.locator(".elsewhere")
    expect(notice).to_contain_text("LJ-20200101-000001")
    notice.get_by_role("button").click()
    expect(page.locator(".drawer")).to_contain_text("LJ-20200101-000001")


def test_the_board_has_a_button_to_sign_out(visit: Visit) -> None:
    page = visit("/board", "dispatcher")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(lambda url: "/board" not in url)


def test_a_light_has_an_icon_and_a_word(visit: Visit) -> None:
    page = visit("/board?light=red", "dispatcher")
    light = page.locator(".card .light").first
    expect(light.locator("svg")).to_be_visible()
    expect(light).to_contain_text("超期")


def test_ten_thousand_cards_take_few_nodes_and_the_last_can_be_reached(visit: Visit, city: City) -> None:
    """B6: at most 2,500 DOM nodes."""
    from tests.browser.fixtures.sample_cards import make_cards

    city.cards = {str(card.id): card for card in make_cards(10_000, city.now())}
    page = visit("/board", "dispatcher")
    expect(page.locator(".figures")).to_contain_text("10000")
    assert page.evaluate("document.querySelectorAll('*').length") <= 2_500
    page.keyboard.press("4")
    page.keyboard.press("End")
    last = urgent_first(list(city.cards.values()), "handling")[-1]
    expect(lane(page, "handling").locator(f'[data-case="{last.id}"]')).to_be_focused()
    assert page.evaluate("document.querySelectorAll('*').length") <= 2_500


def test_an_action_is_shown_on_every_open_board(visit: Visit, city: City) -> None:
    mine, theirs = visit("/board", "dispatcher"), visit("/board?case=", "dispatcher")
    card = next(c for c in urgent_first(list(city.cards.values()), "handling") if not c.flags.urged and not c.emergency)
    for page in (mine, theirs):
        page.fill("#search", card.case_number)
        expect(page.locator(".card")).to_have_count(1)
    mine.locator(".card").click()
    mine.get_by_role("button", name="催办").last.click()
    mine.get_by_label("理由（必填）").fill("请尽快处置")
    mine.keyboard.press("Control+Enter")
    expect(theirs.locator(".card .tag", has_text="已催")).to_be_visible()
    expect(mine.locator(".notice")).to_contain_text("已提交")
    path, body, headers = city.posted[0]
    assert (path, body) == ("supervision/urge", {"text": "请尽快处置"})
    assert headers["idempotency-key"]


def test_an_action_needs_a_reason(visit: Visit) -> None:
    page = visit("/board", "dispatcher")
    first_card(page, "supervision").click()
    page.get_by_role("button", name="督办").last.click()
    submit = page.get_by_role("button", name="提交")
    expect(submit).to_be_disabled()
    page.locator(".canned button").first.click()
    expect(submit).to_be_enabled()


def test_an_action_on_a_changed_case_is_refused_and_keeps_its_text(visit: Visit, city: City) -> None:
    page = visit("/board", "dispatcher")
    first_card(page, "supervision").click()
    page.get_by_role("button", name="催办").last.click()
    case_id = page.locator(".card.open").get_attribute("data-case")
    assert case_id
    card = city.cards[case_id]
    newer = card.versions.model_copy(update={"supervision": card.versions.supervision + 5})
    city.cards[case_id] = card.model_copy(update={"versions": newer})
    page.get_by_label("理由（必填）").fill("请尽快处置")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".notice.bad")).to_contain_text("别人刚刚更新了此案")
    expect(page.get_by_label("理由（必填）")).to_have_value("请尽快处置")


def test_a_stream_that_was_cut_is_opened_again_without_loss(visit: Visit, city: City) -> None:
    """A 503 ends a browser's EventSource for ever, so the board opens another one."""
    page = visit("/board", "dispatcher")
    expect(page.locator(".connection")).to_contain_text("实时")
    city.stream_status = 503
    city.cut_streams()
    expect(page.locator(".connection")).to_contain_text(re.compile("重连中|轮询"))
    moving = urgent_first(list(city.cards.values()), "discovery")[0]
    city.change(moving.model_copy(update={"stage": "acceptance", "status": "verifying"}))
    city.stream_status = 200
    expect(page.locator(".connection")).to_contain_text("实时", timeout=90_000)
    expect(lane(page, "acceptance").locator(f'[data-case="{moving.id}"]')).to_be_visible()


def test_the_order_of_a_lane_stays_while_the_pointer_is_in_it(visit: Visit, city: City) -> None:
    """A button shows the number of waiting changes and applies them."""
    page = visit("/board", "dispatcher")
    top = first_card(page, "supervision")
    before = top.get_attribute("data-case")
    top.hover()
    page.mouse.move(*_middle(top))
    worst = urgent_first(list(city.cards.values()), "supervision")[-1]
    overdue = {"light": "red", "emergency": True, "due_at": city.now() - timedelta(hours=9)}
    city.change(worst.model_copy(update=overdue))
    pill = lane(page, "supervision").locator(".waiting")
    expect(pill).to_be_visible()
    assert top.get_attribute("data-case") == before
    pill.click()
    expect(first_card(page, "supervision")).to_have_attribute("data-case", str(worst.id))


def _middle(of: Locator) -> tuple[float, float]:
    box = of.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_filters_are_part_of_the_address(visit: Visit, city: City) -> None:
    """A reload keeps them. The button of a view shows the number of its cases."""
    page = visit("/board", "dispatcher")
    red = sum(card.light == "red" for card in city.cards.values())
    view = page.get_by_role("button", name=f"超期 {red}")
    view.click()
    expect(page).to_have_url(re.compile("light=red"))
    page.reload()
    expect(page.locator(".figures")).to_contain_text(f"显示 {red} /")
    expect(page.locator(".card.green")).to_have_count(0)
    page.get_by_role("button", name="清除").click()
    expect(page).not_to_have_url(re.compile("light"))


def test_the_drawer_shows_case_and_explanation_and_returns_the_focus(visit: Visit) -> None:
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    page.keyboard.press("4")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    drawer = page.locator(".drawer")
    expect(drawer.get_by_role("heading", level=2)).to_be_focused()
    expect(drawer).to_contain_text("为何派给他们")
    expect(drawer).to_contain_text("按处置责任清单，由养护单位牵头。")
    expect(drawer.locator(".timeline li")).to_have_count(5)
    expect(page).to_have_url(re.compile("case=LJ-"))
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page.locator(".card:focus")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("case="))


def test_a_case_is_ordered_by_keyboard_alone(visit: Visit, city: City) -> None:
    page = visit("/board", "dispatcher")
    expect(first_card(page, "supervision")).to_be_visible()
    for key in ("5", "ArrowDown", "o"):
        page.keyboard.press(key)
    expect(page.get_by_label("理由（必填）")).to_be_focused()
    page.keyboard.type("限今日办结")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice")).to_be_visible()
    assert [path for path, _, _ in city.posted] == ["supervision/order"]
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("键盘快捷键")


def test_an_overdue_case_raises_an_alarm_that_can_be_muted(visit: Visit, city: City) -> None:
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    card = next(c for c in city.cards.values() if c.light == "green" and c.category and c.stage == "handling")
    city.change(card.model_copy(update={"light": "red", "due_at": city.now()}))
    banner = page.locator(".alarm")
    expect(banner).to_contain_text("1 件案件刚刚超期")
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.get_by_role("button", name="静音 5 分钟").click()
    expect(banner).to_have_count(0)


def test_exercises_are_shown_only_with_their_filter(visit: Visit, city: City) -> None:
    """Neither lanes nor alarm mix them with real cases, and the filter shows a warning."""
    page = visit("/board", "dispatcher", "en")
    expect(first_card(page, "handling")).to_be_visible()
    drill = next(c for c in city.cards.values() if c.light == "green" and c.category and c.stage == "handling")
    drill = drill.model_copy(update={"mode": "exercise"})
    city.change(drill)
    expect(page.locator(f'[data-case="{drill.id}"]')).to_have_count(0)
    real = next(c for c in city.cards.values() if c.light == "green" and c.category and c.mode == "actual")
    city.change(*(card.model_copy(update={"light": "red", "due_at": city.now()}) for card in (drill, real)))
    expect(page.locator(".alarm")).to_contain_text("1 case")
    expect(page.locator(".unreal")).to_have_count(0)
    page.get_by_label("Mode").select_option("exercise")
    expect(page.locator(f'[data-case="{drill.id}"]')).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".unreal")).to_have_text("Exercise: none of these cases is real.")
    check(page)


def test_without_a_session_the_board_leads_to_the_sign_in_and_back(visit: Visit) -> None:
    page = visit("/board?light=red")
    page.wait_for_url("**/sign-in*")
    expect(page).to_have_url(re.compile("next="))


def test_the_board_stays_and_shows_when_the_session_has_ended(visit: Visit, city: City) -> None:
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    city.signed_in.clear()
    city.stream_status = 503
    city.cut_streams()
    expect(page.locator(".lost")).to_contain_text("登录已过期")
    expect(first_card(page, "handling")).to_be_visible()


def test_several_cases_are_urged_at_once(visit: Visit, city: City) -> None:
    page = visit("/board", "dispatcher")
    expect(first_card(page, "supervision")).to_be_visible()
    for key in ("5", "x", "ArrowDown", "x"):
        page.keyboard.press(key)
    bar = page.locator(".bulk")
    expect(bar).to_contain_text("已选 2 件")
    bar.get_by_role("button", name="催办 (2)").click()
    bar.get_by_label("理由（必填）").fill("请尽快")
    bar.get_by_role("button", name="提交").click()
    expect(page.locator(".notice")).to_contain_text("完成 2 件，失败 0 件")
    assert len({headers["idempotency-key"] for _, _, headers in city.posted}) == 2


def test_opening_a_case_moves_the_map_to_it(visit: Visit, city: City) -> None:
    """The grids have printed names."""
    page = visit("/board?map=", "dispatcher")
    expect(page.locator(".leaflet-container canvas").first).to_be_visible()
    card = next(c for c in urgent_first(list(city.cards.values()), "handling") if c.latitude and c.grid_name)
    page.fill("#search", card.case_number)
    page.locator(".card").click()
    expect(page.locator(".grid-label", has_text=card.grid_name or "")).to_be_visible()
