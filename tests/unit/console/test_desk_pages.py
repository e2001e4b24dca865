"""The desk's pages: what units and dispatchers do there; exercises are told apart wherever they are shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.console.service_client import ServiceRefusedError, ServiceUnreachableError
from services.console.words import Words
from tests.unit.console.browsing import browser
from tests.unit.console.test_desk import NOW, order

ORDER = "00000000-0000-4000-8000-000000000001"


CO = "00000000-0000-4000-8000-000000000002"
CASE = "00000000-0000-4000-8000-000000000003"
CREW = {"unit_name": "Works", "unit_name_en": "Works", "overdue": 1, "next_due_at": "2026-11-23T09:00:00Z"}


SECRET: dict[str, Any] = {
    "description": "Door 3",
    "address": None,
    "grid_code": "370522001003005",
    "component_id": "37052201002000001",
    "location": {"longitude": 118.25, "latitude": 37.4912346, "crs": "cgcs2000", "accuracy_m": None},
    "category": {"id": "c", "name": "求助", "name_en": "Person in danger"},
    "condition": {
        "id": "1",
        "text": "独居失联",
        "text_en": "Cannot be reached",
        "closing_condition": "平安",
        "closing_condition_en": "Safe",
        "milestones": [{"name": "确认平安", "name_en": "Found safe", "amount": 1, "unit": "urgent_hour"}],
    },
}


class Services:
    """Answers as registry, dispatch, tracking and routing would; keeps what is handed in."""

    def __init__(self, mode: str = "actual", *roles: str, unit: str | None = "works", **changes: Any) -> None:
        self.account = {"id": "1", "name": "x", "roles": roles or ["unit_clerk"], "unit": unit}
        self.order = order(dispatch_id=ORDER, case_id=CASE, mode=mode, **changes).model_dump(mode="json")
        self.tasks: list[dict[str, str]] = []
        self.notices: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.away = ""
        self.asked: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.headers: dict[str, str] = {}
        self.refusal, self.refused_with = "", 409

    async def request(self, service: str, method: str, path: str, **parts: Any) -> httpx.Response:
        self.asked.append(path)
        if service == self.away:
            raise ServiceUnreachableError(service)
        if path.startswith("/api/registry/entities/team"):
            team = {
                "kind": "mobile",
                "name": "机动组",
                "name_en": "Mobile team",
                "convenor": "mobile",
                "areas": ["370522"],
            }
            other = {**team, "convenor": "elsewhere", "areas": ["370500"]}
            return httpx.Response(200, json={"items": [team, other, {**team, "kind": "joint"}], "next": None})
        if service == "registry":
            return httpx.Response(200, json={"account": self.account, "access_token": "x"})
        if method == "POST":
            if self.refusal:
                raise ServiceRefusedError(self.refused_with, self.refusal)
            self.sent.append((path, parts["json"]))
            self.headers = parts["headers"]
            return httpx.Response(200, json={})
        if path.endswith("/explanation"):
            return httpx.Response(200, json={"decisions": self.decisions})
        if path.endswith("/confidential"):
            return httpx.Response(200, json=SECRET)
        if service == "supervision":
            return httpx.Response(200, json={"tasks": self.tasks, "notices": self.notices})
        if path.startswith("/api/dispatch/dispatches/"):
            return httpx.Response(200, json=self.order)
        if path.startswith("/api/dispatch/crews"):
            return httpx.Response(
                200, json={"items": [{**CREW, "crew": None, "open": 1}, {**CREW, "crew": "Crew <1>", "open": 2}]}
            )
        return httpx.Response(200, json={"items": [self.order] if service == "dispatch" else [], "next": None})


async def shown(services: Services, path: str, language: str = "en") -> str:
    async with browser(services, language) as web:
        page = await web.get(path)
    assert page.status_code == 200, page.text
    return page.text


async def handed_in(services: Services, action: str, language: str = "en", **fields: str) -> httpx.Response:
    """The form of an action, as a browser sends it, and the page to which it leads."""
    async with browser(services, language) as web:
        form = {"csrf": "c", "key": f"k-{action}", "version": "7", **fields}
        return await web.post(f"/desk/{ORDER}/{action}", data=form, follow_redirects=True)


@pytest.mark.parametrize("path", ["/desk?mode=exercise", f"/desk/{ORDER}", f"/desk/{ORDER}/slip"])
async def test_an_exercise_is_tagged_on_every_page_in_either_language(path: str) -> None:
    tag = '<span class="tag yellow">{}</span>'
    assert tag.format("Exercise") in await shown(Services("exercise"), path)
    assert tag.format("演练") in await shown(Services("exercise"), path, "zh-CN")
    real = await shown(Services("actual"), path.partition("?")[0])
    assert tag.format("Exercise") not in real


async def test_the_inbox_shows_real_orders_until_one_goes_to_exercises() -> None:
    services = Services("actual")
    inbox = await shown(services, "/desk")
    assert services.asked[-1] == "/api/dispatch/dispatches?unit=me&state=open&mode=actual"
    assert 'href="/desk?state=open&amp;mode=exercise"' in inbox
    assert "none of these cases is real" not in inbox
    drills = await shown(services, "/desk?mode=exercise")
    assert services.asked[-1] == "/api/dispatch/dispatches?unit=me&state=open&mode=exercise"
    assert "Exercise: none of these cases is real." in drills
    assert 'data-poll="/desk/open.json?mode=exercise"' in drills, "what is new among exercises is said there alone"
    assert 'href="/desk?mode=exercise"' in await shown(Services("exercise"), f"/desk/{ORDER}")


def decision(unit: str, role: str, why: str) -> dict[str, Any]:
    return {"chosen": [{"unit_id": unit, "role": role}], "explanation": f"{why}。", "explanation_en": f"{why}."}


@pytest.mark.parametrize(("language", "why"), [("en", "second."), ("zh-CN", "second。")])
async def test_a_dispatch_tells_why_its_unit_was_chosen_by_the_last_decision_for_it(language: str, why: str) -> None:
    services = Services("actual")
    unit, role = services.order["unit_id"], services.order["role"]
    services.decisions = [
        decision(unit, role, "first"),
        decision(unit, role, "second"),
        decision("another", role, "third"),
    ]
    page = await shown(services, f"/desk/{ORDER}", language)
    assert f"<dt>{Words(language)('desk.why')}</dt><dd>{why}</dd>" in page


async def test_a_dispatch_is_shown_without_its_reason_while_routing_is_away() -> None:
    services = Services("actual")
    services.away = "routing"
    assert Words("en")("desk.why") not in await shown(services, f"/desk/{ORDER}")


@pytest.mark.parametrize(("language", "said"), [("en", "Found safe"), ("zh-CN", "确认平安")])
async def test_its_unit_reads_what_a_confidential_order_left_out_once_it_asks(language: str, said: str) -> None:
    """Events and orders name the major only."""
    links = {"text": f"/api/intake/cases/{CASE}/confidential"}
    services = Services("actual", confidential=True, links=links)
    before = await shown(services, f"/desk/{ORDER}", language)
    assert said not in before
    assert Words(language)("desk.words_unkept") in before, "else somebody writes what nobody will ever read"
    assert Words(language)("desk.words_unkept") not in await shown(Services("actual"), f"/desk/{ORDER}", language)
    async with browser(services, language) as web:
        page = await web.post(f"/desk/{ORDER}/reveal", data={"csrf": "c"})
    told = SECRET["condition"]["closing_condition_en" if language == "en" else "closing_condition"]
    assert (page.status_code, said in page.text, told in page.text) == (200, True, True)
    for where in ("370522001003005 37.491235, 118.250000 (CGCS2000)", SECRET["component_id"]):
        assert where in page.text, "where exactly it is it reads nowhere else"
    offered = Words(language)("desk.reveal")
    assert offered in before
    assert offered not in await shown(Services("actual"), f"/desk/{ORDER}", language)
    told = await shown(Services("actual", links=links), f"/desk/{ORDER}", language)
    assert offered in told, "also of what was told in confidence and is filed in the open"


UNIT_DOES = {
    "assign": ({"crew": "Crew 2"}, {"crew": "Crew 2"}, "Assigned."),
    "revoke": ({}, {}, "Taken back from the crew."),
    "request-extension": ({"note": "rain"}, {"note": "rain"}, "The extension has been requested."),
    "request-suspension": (
        {"until": "2026-12-01T08:00", "note": "frost"},
        {"until": "2026-12-01T08:00:00+08:00", "note": "frost"},
        "The suspension has been requested.",
    ),
    "release-co-unit": ({"co": CO, "note": "x"}, {"dispatch_id": CO, "note": "x"}, "The co-unit has been released."),
}


@pytest.mark.parametrize("action", UNIT_DOES)
async def test_a_unit_hands_on_asks_for_time_and_releases_on_the_page(action: str) -> None:
    """Each form stands on the page, is sent once by its key for the version that was seen, and says that it was
    done.
    """
    fields, body, said = UNIT_DOES[action]
    partner = {
        "dispatch_id": CO,
        "unit_id": "parks",
        "unit_name": "园林",
        "unit_name_en": "Parks",
        "role": "co",
        "status": "handling",
    }
    services = Services(
        possible=tuple(UNIT_DOES), partners=[partner, {**partner, "dispatch_id": "d", "status": "released"}]
    )
    page = await shown(services, f"/desk/{ORDER}")
    assert f'action="/desk/{ORDER}/{action}"' in page
    assert all(f'<label for="{action}-{field}">' in page for field in fields)
    assert '<option value="Crew &lt;1&gt;">2 open</option>' in page, "crews that the unit has are offered"
    assert page.count(f'<option value="{CO}">Parks</option>') == 1
    assert '<option value="d">' not in page, "who was released is not released again"
    done = await handed_in(services, action, **fields)
    assert services.sent == [(f"/api/dispatch/dispatches/{ORDER}/{action}", body)]
    assert (services.headers["Idempotency-Key"], services.headers["If-Match"]) == (f"k-{action}", '"7"')
    assert said in done.text


async def test_the_dispatcher_decides_a_return_and_calls_off_on_the_page() -> None:
    """With a reason, which is asked for in the reader's language; routing counts versions of its own."""
    asked = {
        "reason": "not_our_function",
        "note": "x",
        "suggested_unit_name": "园林",
        "suggested_unit_name_en": "Parks",
    }
    services = Services(
        "actual", "dispatcher", unit=None, possible=("accept-return", "refuse-return"), return_request=asked
    )
    assert "Suggested unit: Parks." in await shown(services, f"/desk/{ORDER}")
    empty = await handed_in(services, "refuse-return", "zh-CN", note=" ")
    assert (empty.status_code, services.sent) == (422, [])
    assert '<a href="#refuse-return-note">请填写说明。</a>' in empty.text
    await handed_in(services, "refuse-return", note="the lamp is yours")
    assert services.sent.pop() == (f"/api/dispatch/dispatches/{ORDER}/refuse-return", {"note": "the lamp is yours"})
    ahead = Services("actual", "dispatcher", unit=None, role="first_response", possible=())
    assert "Call off" in await shown(ahead, f"/desk/{ORDER}")
    ahead.refusal = "Nobody is called in."
    refused = await handed_in(ahead, "cancel-handover", note="<b>false alarm</b>")
    assert (refused.status_code, "Nobody is called in." in refused.text) == (409, True)
    assert "&lt;b&gt;false alarm&lt;/b&gt;</textarea>" in refused.text, "what was written is kept"
    ahead.refusal = ""
    await handed_in(ahead, "cancel-handover", note="false alarm")
    assert ahead.sent == [(f"/api/routing/cases/{CASE}/handovers/{ORDER}/cancel", {"reason": "false alarm"})]
    assert "If-Match" not in ahead.headers


@pytest.mark.parametrize(
    ("kind", "asked"), [("extension", "extension_requested_at"), ("suspension", "suspension_requested_until")]
)
async def test_the_dispatcher_decides_what_a_unit_has_asked_for_on_the_page(kind: str, asked: str) -> None:
    """延期 and 挂账, as supervision's tasks of this very order; a request that somebody else has decided says so."""
    waiting: dict[str, Any] = {"possible": (), asked: NOW}
    services = Services("actual", "dispatcher", unit=None, **waiting)
    page = await shown(services, f"/desk/{ORDER}")
    assert all(f'action="/desk/{ORDER}/{word}-{kind}"' in page for word in ("grant", "refuse"))
    late = await handed_in(services, f"grant-{kind}", note="frost")
    assert (late.status_code, services.sent) == (422, [])
    assert "The request has been decided" in late.text
    services.tasks = [
        {"kind": kind, "dispatch_id": CO, "task_id": "other"},
        {"kind": kind, "dispatch_id": ORDER, "task_id": "mine"},
    ]
    for word, granted in (("grant", True), ("refuse", False)):
        await handed_in(services, f"{word}-{kind}", note="frost")
        assert services.sent.pop() == ("/api/supervision/tasks/mine/answer", {"note": "frost", "passed": granted})
    assert f"grant-{kind}" not in await shown(Services(**waiting), f"/desk/{ORDER}"), "not for units"


async def test_the_dispatcher_sends_a_mobile_team_of_the_place_ahead_on_the_page() -> None:
    """Nobody is offered who is elsewhere, or has an order already; without anybody to send there is no form."""
    place = {"community": "370522001004", "grid_code": "370522001004007"}
    services = Services("actual", "dispatcher", unit=None, possible=(), place=place)
    page = await shown(services, f"/desk/{ORDER}", "zh-CN")
    assert page.count("机动组</option>") == 1
    sent = await handed_in(
        services, "first-response", unit="mobile", instructions="fence it off", note="next to a school"
    )
    assert "First response has been requested; the dispatch follows." in sent.text
    assert services.sent == [
        (
            f"/api/routing/cases/{CASE}/first-response",
            {"unit_id": "mobile", "instructions": "fence it off", "reason": "next to a school"},
        )
    ]
    there = Services("actual", "dispatcher", unit=None, possible=(), place=place, unit_id="mobile")
    assert "First response" not in await shown(there, f"/desk/{ORDER}")
    assert "First response" not in await shown(Services(possible=(), place=place), f"/desk/{ORDER}"), "nor for units"


NOTICE = "00000000-0000-4000-8000-000000000004"
FORM = f"/desk/{ORDER}/notices/{NOTICE}/reply"


def owing(*roles: str, **changes: Any) -> Services:
    """The order is late, and a leader has ordered that it be done; one to somebody else's order is
    supervision's, too.
    """
    services = Services("actual", *roles, possible=(), **changes)
    late = {
        "notice_id": NOTICE,
        "kind": "overdue_notice",
        "text": "处置时限已过",
        "text_en": "The time to handle is over",
        "issued_at": "2026-11-23T01:00:00Z",
        "dispatch_id": ORDER,
        "unit_id": "works",
        "reply_due_at": "2026-11-23T05:00:00Z",
        "provisional": False,
    }
    order = {
        **late,
        "notice_id": CO,
        "kind": "supervision_order",
        "text": "请今日办结 <b>",
        "text_en": "",
        "provisional": True,
    }
    services.notices = [
        {**order, "reply_due_at": "2026-11-24T01:00:00Z"},
        late,
        {**late, "dispatch_id": CO, "text_en": "x!"},
    ]
    return services


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Reply required", "Overdue notice", "The time to handle is over", "Supervision order", "(provisional)"),
        ),
        ("zh-CN", ("须答复", "超期告知", "处置时限已过", "督办", "（暂定）")),
    ],
)
async def test_what_waits_for_the_units_word_stands_on_the_orders_page(language: str, words: tuple[str, ...]) -> None:
    """Each with its text, as a person wrote it where no other is, and what is due first first; of other orders
    nothing.
    """
    page = await shown(owing(), f"/desk/{ORDER}", language)
    places = [page.index(word) for word in words]
    assert places == sorted(places)
    assert "请今日办结 &lt;b&gt;" in page
    assert '<time datetime="2026-11-23T05:00:00+00:00">' in page
    assert (page.count("/notices/"), "x!" in page) == (2, False)
    assert page.index(words[0]) < page.index('class="facts"'), "seen before what else is said of the order"
    assert words[0] not in await shown(Services(possible=()), f"/desk/{ORDER}", language)


async def test_a_reply_is_sent_once_for_what_it_answers_and_says_that_it_was() -> None:
    services = owing()
    async with browser(services, "en") as web:
        form = {"csrf": "c", "key": "k", "text": " pump broken "}
        done = await web.post(FORM, data=form, follow_redirects=True)
    assert services.sent == [(f"/api/supervision/cases/{CASE}/notices/{NOTICE}/reply", {"text": "pump broken"})]
    assert (services.headers["Idempotency-Key"], "If-Match" in services.headers) == ("k", False)
    assert "The reply has been sent." in done.text


@pytest.mark.parametrize(
    ("language", "empty", "gone"),
    [
        ("en", "Enter the reply.", "A reply has been sent already"),
        ("zh-CN", "请填写答复内容。", "此项已有答复"),
    ],
)
async def test_what_is_wrong_with_a_reply_is_said_and_what_was_written_kept(
    language: str, empty: str, gone: str
) -> None:
    services = owing()
    async with browser(services, language) as web:
        nothing = await web.post(FORM, data={"csrf": "c", "key": "k", "text": " "})
        assert (nothing.status_code, services.sent) == (422, [])
        assert f'<a href="#notice-{NOTICE}-text">{empty}</a>' in nothing.text
        assert nothing.text.count('aria-invalid="true"') == 1
        services.refusal = "Not now."
        refused = await web.post(FORM, data={"csrf": "c", "key": "k", "text": "<i>kept</i>"})
        assert (refused.status_code, "Not now." in refused.text) == (409, True)
        assert refused.text.count("&lt;i&gt;kept&lt;/i&gt;") == 1
        services.refused_with = 404
        late = await web.post(FORM, data={"csrf": "c", "key": "k", "text": "x"})
    assert (late.status_code, gone in late.text) == (404, True)


async def test_who_may_not_answer_reads_what_waits_and_nobody_takes_silence_for_nothing() -> None:
    """Supervision takes no word of an administrator; while it cannot be asked the page says that it does not know."""
    page = await shown(owing("administrator", unit=None), f"/desk/{ORDER}")
    assert ("Overdue notice" in page, "/notices/" in page) == (True, False)
    assert "/notices/" in await shown(owing("dispatcher", unit=None), f"/desk/{ORDER}"), "what a unit says on the phone"
    away = owing()
    away.away = "supervision"
    assert "cannot be shown at present" in await shown(away, f"/desk/{ORDER}")


async def test_crews_are_listed_with_what_each_has() -> None:
    page = await shown(Services(), "/desk/crews")
    assert page.index("No crew") < page.index("Crew &lt;1&gt;")
    assert 'href="/desk?crew=Crew%20%3C1%3E&amp;mode=actual"' in page
    services = Services(crew="Crew <1>")
    assert "Crew: Crew &lt;1&gt;" in await shown(services, "/desk?crew=Crew+%3C1%3E")
    assert services.asked[-1].endswith("&crew=Crew+%3C1%3E")
    assert "Returns to decide" not in await shown(Services(), "/desk"), "that is the dispatcher's"
    assert "Returns to decide" in await shown(Services("actual", "dispatcher", unit=None), "/desk")
