"""The live board in a real browser, over a city that plays the other services."""

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


def test_six_lanes_show_every_case_most_urgent_first(visit: Visit, city: City) -> None:
    """Emergencies, then overdue ones, then by deadline; each lane says how many it holds."""
    page = visit("/board", "dispatcher")
    expect(page.locator("section.lane")).to_have_count(6)
    expect(first_card(page, "handling")).to_be_visible()
    for stage in ("command", "handling", "supervision"):
        wanted = urgent_first(list(city.cards.values()), stage)
        assert count(page, stage) == len(wanted)
        shown = lane(page, stage).locator(".card").evaluate_all("cards => cards.map(card => card.dataset.case)")
        assert shown[:6] == [str(card.id) for card in wanted[:6]]


def test_a_whole_number_that_no_card_bears_is_said_and_leads_to_its_record(visit: Visit) -> None:
    """It has ended, or there is none: lanes that are simply empty say neither."""
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    page.fill("#search", "LJ-20200101-000001")
    said = page.locator(".elsewhere")
    expect(said).to_contain_text("LJ-20200101-000001")
    said.get_by_role("button").click()
    expect(page.locator(".drawer")).to_contain_text("LJ-20200101-000001")


def test_whoever_reads_the_board_can_sign_out_there(visit: Visit) -> None:
    page = visit("/board", "dispatcher")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(lambda url: "/board" not in url)


def test_a_light_is_colour_and_icon_and_word(visit: Visit) -> None:
    page = visit("/board?light=red", "dispatcher")
    light = page.locator(".card .light").first
    expect(light.locator("svg")).to_be_visible()
    expect(light).to_contain_text("超期")


def test_ten_thousand_cards_stay_within_the_budget_of_nodes(visit: Visit, city: City) -> None:
    """B6: at most 2,500 DOM nodes, however many cases are open; the last card can be reached."""
    from tests.browser.fixtures.sample import make_cards

    city.cards = {str(card.id): card for card in make_cards(10_000, city.now())}
    page = visit("/board", "dispatcher")
    expect(page.locator(".figures")).to_contain_text("10000")
    assert page.evaluate("document.querySelectorAll('*').length") <= 2_500
    page.keyboard.press("4")
    page.keyboard.press("End")
    last = urgent_first(list(city.cards.values()), "handling")[-1]
    expect(lane(page, "handling").locator(f'[data-case="{last.id}"]')).to_be_focused()
    assert page.evaluate("document.querySelectorAll('*').length") <= 2_500


def test_what_one_does_the_other_sees(visit: Visit, city: City) -> None:
    """Two people on one board: urging a case marks it on both screens."""
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


def test_a_reason_is_mandatory(visit: Visit) -> None:
    page = visit("/board", "dispatcher")
    first_card(page, "supervision").click()
    page.get_by_role("button", name="督办").last.click()
    submit = page.get_by_role("button", name="提交")
    expect(submit).to_be_disabled()
    page.locator(".canned button").first.click()
    expect(submit).to_be_enabled()


def test_a_stale_action_is_refused_in_words_and_keeps_what_was_written(visit: Visit, city: City) -> None:
    """If-Match: what somebody else did meanwhile is told, never overwritten."""
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


def test_a_stream_cut_by_a_proxy_comes_back_and_misses_nothing(visit: Visit, city: City) -> None:
    """A 503 ends a browser's EventSource for ever; the board opens another, from where it was."""
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


def test_nothing_jumps_under_the_hand(visit: Visit, city: City) -> None:
    """While the pointer is in a lane its order stands still; what waits is counted and let in by a press."""
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


def test_filters_live_in_the_address(visit: Visit, city: City) -> None:
    """A link shows a colleague the same; a view is one press; counts say what it would show."""
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


def test_the_drawer_tells_the_case_and_why_and_gives_the_focus_back(visit: Visit) -> None:
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


def test_the_whole_way_by_keyboard(visit: Visit, city: City) -> None:
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


def test_a_breach_is_told_until_it_is_seen(visit: Visit, city: City) -> None:
    """The breach is the server's event; the banner names the case, snoozes and goes."""
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    card = next(c for c in city.cards.values() if c.light == "green" and c.category and c.stage == "handling")
    city.change(card.model_copy(update={"light": "red", "due_at": city.now()}))
    banner = page.locator(".alarm")
    expect(banner).to_contain_text("1 件案件刚刚超期")
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.get_by_role("button", name="静音 5 分钟").click()
    expect(banner).to_have_count(0)


def test_an_exercise_is_seen_and_heard_only_by_who_looks_at_exercises(visit: Visit, city: City) -> None:
    """It never mixes with real cases: not in the lanes, not in the alarm; whoever looks at it is told what it is."""
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


def test_somebody_without_a_session_signs_in_first_and_comes_back(visit: Visit) -> None:
    page = visit("/board?light=red")
    page.wait_for_url("**/sign-in*")
    expect(page).to_have_url(re.compile("next="))


def test_a_session_that_ends_leaves_the_board_standing_and_says_so(visit: Visit, city: City) -> None:
    page = visit("/board", "dispatcher")
    expect(first_card(page, "handling")).to_be_visible()
    city.signed_in.clear()
    city.stream_status = 503
    city.cut_streams()
    expect(page.locator(".lost")).to_contain_text("登录已过期")
    expect(first_card(page, "handling")).to_be_visible()


def test_several_cases_are_urged_together(visit: Visit, city: City) -> None:
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


def test_map_and_list_are_one_selection(visit: Visit, city: City) -> None:
    """Opening a case from the list brings the map there; the grids carry names and counts in print."""
    page = visit("/board?map=", "dispatcher")
    expect(page.locator(".leaflet-container canvas").first).to_be_visible()
    card = next(c for c in urgent_first(list(city.cards.values()), "handling") if c.latitude and c.grid_name)
    page.fill("#search", card.case_number)
    page.locator(".card").click()
    expect(page.locator(".grid-label", has_text=card.grid_name or "")).to_be_visible()
