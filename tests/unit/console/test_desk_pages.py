"""The desk's pages for units and dispatchers; exercises are marked on every page."""

from __future__ import annotations

from typing import Any

import pytest

from services.console.words import Words
from tests.unit.console.desk_services import CASE, CO, DISPATCH, Services, page_text, submit
from tests.unit.console.page_client import page_client
from tests.unit.console.sample_dispatches import NOW


@pytest.mark.parametrize("path", ["/desk?mode=exercise", f"/desk/{DISPATCH}", f"/desk/{DISPATCH}/slip"])
async def test_an_exercise_is_marked_on_every_page_in_both_languages(path: str) -> None:
    tag = '<span class="tag yellow">{}</span>'
    assert tag.format("Exercise") in await page_text(Services("exercise"), path)
    assert tag.format("演练") in await page_text(Services("exercise"), path, "zh-CN")
    real = await page_text(Services("actual"), path.partition("?")[0])
    assert tag.format("Exercise") not in real


async def test_the_inbox_shows_actual_dispatches_or_exercises_but_not_both() -> None:
    services = Services("actual")
    inbox = await page_text(services, "/desk")
    assert services.asked[-1] == "/api/dispatch/dispatches?unit=me&state=open&mode=actual"
    assert 'href="/desk?state=open&amp;mode=exercise"' in inbox
    assert "none of these cases is real" not in inbox
    drills = await page_text(services, "/desk?mode=exercise")
    assert services.asked[-1] == "/api/dispatch/dispatches?unit=me&state=open&mode=exercise"
    assert "Exercise: none of these cases is real." in drills
    assert 'data-poll="/desk/open.json?mode=exercise"' in drills, "the list of exercises polls for exercises only"
    assert 'href="/desk?mode=exercise"' in await page_text(Services("exercise"), f"/desk/{DISPATCH}")


def decision(unit: str, role: str, why: str) -> dict[str, Any]:
    return {"chosen": [{"unit_id": unit, "role": role}], "explanation": f"{why}。", "explanation_en": f"{why}."}


@pytest.mark.parametrize(("language", "why"), [("en", "second."), ("zh-CN", "second。")])
async def test_a_dispatch_shows_the_reason_of_the_last_decision_for_its_unit(language: str, why: str) -> None:
    services = Services("actual")
    unit, role = services.order["unit_id"], services.order["role"]
    services.decisions = [
        decision(unit, role, "first"),
        decision(unit, role, "second"),
        decision("another", role, "third"),
    ]
    page = await page_text(services, f"/desk/{DISPATCH}", language)
    assert f"<dt>{Words(language)('desk.why')}</dt><dd>{why}</dd>" in page


async def test_a_dispatch_is_shown_without_its_reason_while_routing_is_unreachable() -> None:
    services = Services("actual")
    services.away = "routing"
    assert Words("en")("desk.why") not in await page_text(services, f"/desk/{DISPATCH}")


UNIT_ACTIONS = {
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


@pytest.mark.parametrize("action", UNIT_ACTIONS)
async def test_a_unit_assigns_requests_and_releases_on_the_page(action: str) -> None:
    """Each form is sent once with its idempotency key and the version shown, and the page confirms the action."""
    fields, body, said = UNIT_ACTIONS[action]
    partner = {
        "dispatch_id": CO,
        "unit_id": "parks",
        "unit_name": "园林",
        "unit_name_en": "Parks",
        "role": "co",
        "status": "handling",
    }
    services = Services(
        possible=tuple(UNIT_ACTIONS), partners=[partner, {**partner, "dispatch_id": "d", "status": "released"}]
    )
    page = await page_text(services, f"/desk/{DISPATCH}")
    assert f'action="/desk/{DISPATCH}/{action}"' in page
    assert all(f'<label for="{action}-{field}">' in page for field in fields)
    assert '<option value="Crew &lt;1&gt;">2 open</option>' in page, "the page offers the unit's crews"
    assert page.count(f'<option value="{CO}">Parks</option>') == 1
    assert '<option value="d">' not in page, "a released co-unit is not offered"
    done = await submit(services, action, **fields)
    assert services.sent == [(f"/api/dispatch/dispatches/{DISPATCH}/{action}", body)]
    assert (services.headers["Idempotency-Key"], services.headers["If-Match"]) == (f"k-{action}", '"7"')
    assert said in done.text


async def test_the_dispatcher_decides_a_return_on_the_page() -> None:
    """A decision needs a reason; the request for it is in the reader's language."""
    asked = {
        "reason": "not_our_function",
        "note": "x",
        "suggested_unit_name": "园林",
        "suggested_unit_name_en": "Parks",
    }
    services = Services(
        "actual", "dispatcher", unit=None, possible=("accept-return", "refuse-return"), return_request=asked
    )
    assert "Suggested unit: Parks." in await page_text(services, f"/desk/{DISPATCH}")
    empty = await submit(services, "refuse-return", "zh-CN", note=" ")
    assert (empty.status_code, services.sent) == (422, [])
    assert '<a href="#refuse-return-note">请填写说明。</a>' in empty.text
    await submit(services, "refuse-return", note="the lamp is yours")
    assert services.sent.pop() == (f"/api/dispatch/dispatches/{DISPATCH}/refuse-return", {"note": "the lamp is yours"})
    ahead = Services("actual", "dispatcher", unit=None, role="first_response", possible=())
    assert "Call off" in await page_text(ahead, f"/desk/{DISPATCH}")
    ahead.refusal = "Nobody is called in."
    refused = await submit(ahead, "cancel-handover", note="<b>false alarm</b>")
    assert (refused.status_code, "Nobody is called in." in refused.text) == (409, True)
    assert "&lt;b&gt;false alarm&lt;/b&gt;</textarea>" in refused.text, "what was written is kept"
    ahead.refusal = ""
    await submit(ahead, "cancel-handover", note="false alarm")
    assert ahead.sent == [(f"/api/routing/cases/{CASE}/handovers/{DISPATCH}/cancel", {"reason": "false alarm"})]
    assert "If-Match" not in ahead.headers


@pytest.mark.parametrize(
    ("kind", "asked"), [("extension", "extension_requested_at"), ("suspension", "suspension_requested_until")]
)
async def test_the_dispatcher_decides_an_extension_or_a_suspension_on_the_page(kind: str, asked: str) -> None:
    """延期 and 挂账 are supervision's tasks of this dispatch. A request that is already decided is reported."""
    waiting: dict[str, Any] = {"possible": (), asked: NOW}
    services = Services("actual", "dispatcher", unit=None, **waiting)
    page = await page_text(services, f"/desk/{DISPATCH}")
    assert all(f'action="/desk/{DISPATCH}/{word}-{kind}"' in page for word in ("grant", "refuse"))
    late = await submit(services, f"grant-{kind}", note="frost")
    assert (late.status_code, services.sent) == (422, [])
    assert "The request has been decided" in late.text
    services.tasks = [
        {"kind": kind, "dispatch_id": CO, "task_id": "other"},
        {"kind": kind, "dispatch_id": DISPATCH, "task_id": "mine"},
    ]
    for word, granted in (("grant", True), ("refuse", False)):
        await submit(services, f"{word}-{kind}", note="frost")
        assert services.sent.pop() == ("/api/supervision/tasks/mine/answer", {"note": "frost", "passed": granted})
    assert f"grant-{kind}" not in await page_text(Services(**waiting), f"/desk/{DISPATCH}"), "not for units"


async def test_the_dispatcher_calls_a_mobile_team_of_the_area_on_the_page() -> None:
    """Teams of other areas and teams that already have a dispatch are not offered."""
    place = {"community": "370522001004", "grid_code": "370522001004007"}
    services = Services("actual", "dispatcher", unit=None, possible=(), place=place)
    page = await page_text(services, f"/desk/{DISPATCH}", "zh-CN")
    assert page.count("机动组</option>") == 1
    sent = await submit(services, "first-response", unit="mobile", instructions="fence it off", note="next to a school")
    assert "First response has been requested; the dispatch follows." in sent.text
    assert services.sent == [
        (
            f"/api/routing/cases/{CASE}/first-response",
            {"unit_id": "mobile", "instructions": "fence it off", "reason": "next to a school"},
        )
    ]
    there = Services("actual", "dispatcher", unit=None, possible=(), place=place, unit_id="mobile")
    assert "First response" not in await page_text(there, f"/desk/{DISPATCH}")
    assert "First response" not in await page_text(Services(possible=(), place=place), f"/desk/{DISPATCH}"), (
        "nor for units"
    )


NOTICE = "00000000-0000-4000-8000-000000000004"
FORM = f"/desk/{DISPATCH}/notices/{NOTICE}/reply"


def services_with_notices(*roles: str, **changes: Any) -> Services:
    """Return services with an overdue notice and a supervision order to this dispatch, and a notice to another one."""
    services = Services("actual", *roles, possible=(), **changes)
    late = {
        "notice_id": NOTICE,
        "kind": "overdue_notice",
        "text": "处置时限已过",
        "text_en": "The time to handle is over",
        "issued_at": "2026-11-23T01:00:00Z",
        "dispatch_id": DISPATCH,
        "unit_id": "works",
        "reply_due_at": "2026-11-23T05:00:00Z",
        "provisional": False,
    }
    dispatch = {
        **late,
        "notice_id": CO,
        "kind": "supervision_order",
        "text": "请今日办结 <b>",
        "text_en": "",
        "provisional": True,
    }
    services.notices = [
        {**dispatch, "reply_due_at": "2026-11-24T01:00:00Z"},
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
async def test_open_notices_of_the_dispatch_stand_on_its_page_by_due_time(
    language: str, words: tuple[str, ...]
) -> None:
    """A text that a person wrote in one language is shown in both."""
    page = await page_text(services_with_notices(), f"/desk/{DISPATCH}", language)
    places = [page.index(word) for word in words]
    assert places == sorted(places)
    assert "请今日办结 &lt;b&gt;" in page
    assert '<time datetime="2026-11-23T05:00:00+00:00">' in page
    assert (page.count("/notices/"), "x!" in page) == (2, False)
    assert page.index(words[0]) < page.index('class="facts"'), "notices come before the facts of the dispatch"
    assert words[0] not in await page_text(Services(possible=()), f"/desk/{DISPATCH}", language)


async def test_a_reply_is_sent_once_and_confirmed() -> None:
    services = services_with_notices()
    async with page_client(services, "en") as web:
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
async def test_a_refused_reply_is_explained_and_its_text_is_kept(language: str, empty: str, gone: str) -> None:
    services = services_with_notices()
    async with page_client(services, language) as web:
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


async def test_an_account_that_may_not_reply_only_reads_the_notices() -> None:
    """Supervision takes no word of an administrator; while it cannot be asked the page says that it does not know."""
    page = await page_text(services_with_notices("administrator", unit=None), f"/desk/{DISPATCH}")
    assert ("Overdue notice" in page, "/notices/" in page) == (True, False)
    assert "/notices/" in await page_text(services_with_notices("dispatcher", unit=None), f"/desk/{DISPATCH}"), (
        "the dispatcher records a call of the unit"
    )
    away = services_with_notices()
    away.away = "supervision"
    assert "cannot be shown at present" in await page_text(away, f"/desk/{DISPATCH}")


async def test_crews_are_listed_with_their_open_dispatches() -> None:
    page = await page_text(Services(), "/desk/crews")
    assert page.index("No crew") < page.index("Crew &lt;1&gt;")
    assert 'href="/desk?crew=Crew%20%3C1%3E&amp;mode=actual"' in page
    services = Services(crew="Crew <1>")
    assert "Crew: Crew &lt;1&gt;" in await page_text(services, "/desk?crew=Crew+%3C1%3E")
    assert services.asked[-1].endswith("&crew=Crew+%3C1%3E")
    assert "Returns to decide" not in await page_text(Services(), "/desk"), "only the dispatcher decides returns"
    assert "Returns to decide" in await page_text(Services("actual", "dispatcher", unit=None), "/desk")
