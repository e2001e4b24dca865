"""The texts of the console in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from contracts.base import Stage
from contracts.board import CardFlags, Light
from contracts.case_state import DispatchStatus, Status
from contracts.common import Channel, Mode, PhotoRole
from contracts.events.command import DispatchRole, RoutingRule
from contracts.events.evaluation import CallBackResult, Satisfied
from contracts.events.handling import ReturnReason, WorkOutcome
from contracts.events.supervision import ClockName
from contracts.events.supervision.assistance import ASSISTS, AssistRefusal
from contracts.registry.people import UnitKind
from contracts.registry.places import ManagementLevel
from services.console import words
from services.console.desk.actions import ACTIONS, BY_PHONE, PHOTOS
from services.console.desk.dispatches import State as OrderState
from services.console.responsibilities.drafts import ACTIONS as DRAFT_ACTIONS
from services.console.responsibilities.editing import HOURS
from services.console.responsibilities.entries import describe
from services.console.words import LANGUAGES, Words, catalogue, preferred
from services.registry.domain.list_draft import State, StepKind
from services.supervision.domain.primitives.assist import AssistStatus, ShareStatus
from services.supervision.domain.roster.shift_handover import PromiseKind
from tests.unit.console.sample_responsibilities import ENTRY, NAMES

CONSOLE = Path(words.__file__).parent
LITERAL = re.compile(r"""\bt\(\s*["']([a-z_.A-Z0-9-]+)["']""")
PARAMETER = re.compile(r"\{(\w+)\}")
FIELDS = {*BY_PHONE, *(field for each in ACTIONS.values() for field in each.fields)}
FAMILIES = {
    "stage.{}": get_args(Stage),
    "light.{}": get_args(Light),
    "status.{}": (*get_args(Status), *get_args(DispatchStatus)),
    "role.{}": get_args(DispatchRole),
    "rule.{}": get_args(RoutingRule),
    "return.{}": get_args(ReturnReason),
    "outcome.{}": get_args(WorkOutcome),
    "channel.{}": get_args(Channel),
    "mode.{}": get_args(Mode),
    "photo.{}": get_args(PhotoRole),
    "clock.{}": get_args(ClockName),
    "stage.{}.what": get_args(Stage),
    "desk.{}": (*ACTIONS, *FIELDS, *get_args(OrderState)),
    "desk.done.{}": tuple(ACTIONS),
    "desk.{}.hint": tuple(ACTIONS),
    "desk.{}.required": tuple(FIELDS - {"milestone", "instructions", *PHOTOS}),
    "satisfied.{}": get_args(Satisfied),
    "call_backs.result.{}": get_args(CallBackResult),
    "assists.reason.{}": get_args(AssistRefusal),
    "promise.{}": get_args(PromiseKind),
    "assists.share.{}": get_args(ShareStatus),
    "assists.status.{}": get_args(AssistStatus),
    "list.state.{}": get_args(State),
    "list.step.{}": get_args(StepKind),
    "list.action.{}": DRAFT_ACTIONS,
    "list.done.{}": DRAFT_ACTIONS,
    "list.hours.{}": HOURS,
    "list.level.{}": get_args(ManagementLevel),
    "unit_kind.{}": get_args(UnitKind),
    "list.{}": tuple(describe(ENTRY, NAMES)),
    "mark.{}": ({"emergency", "confidential", "attached"} | set(CardFlags.model_fields)) - {"attached_count"},
}


def test_both_languages_have_the_same_keys() -> None:
    zh, en = (set(catalogue(language)) for language in LANGUAGES)
    assert {key for key in zh ^ en if not key.endswith(".one")} == set()


def test_help_and_the_work_of_co_units_have_different_chinese_names() -> None:
    """A department requests 协助 from officers; 协办 is the part of a unit in a case."""
    texts = {key: text for key, text in catalogue("zh-CN").items() if key.startswith(("assists.", "burden."))}
    texts |= {each.TYPE: each.ABOUT.zh for each in ASSISTS}
    assert {key for key, text in texts.items() if "协办" in text} == set()
    assert "协助" in texts["assists.title"]
    assert "协办" in catalogue("zh-CN")["role.co"]


def test_a_text_has_the_same_parameters_in_both_languages() -> None:
    zh, en = (catalogue(language) for language in LANGUAGES)
    parameters = {key: (set(PARAMETER.findall(zh[key])), set(PARAMETER.findall(en[key]))) for key in set(zh) & set(en)}
    assert {key: both for key, both in parameters.items() if both[0] != both[1]} == {}


@pytest.mark.parametrize("pattern", FAMILIES)
def test_every_value_of_the_contracts_has_a_text(pattern: str) -> None:
    missing = [value for value in FAMILIES[pattern] if pattern.format(value) not in catalogue("zh-CN")]
    assert missing == []


def test_every_key_in_templates_and_components_exists() -> None:
    sources = [
        *CONSOLE.glob("templates/*.html"),
        *CONSOLE.glob("web/src/**/*.svelte"),
        *CONSOLE.glob("web/src/**/*.ts"),
        *CONSOLE.glob("**/*.py"),
    ]
    asked = {key for path in sources for key in LITERAL.findall(path.read_text(encoding="utf-8"))}
    assert len(asked) > 100
    assert {key for key in asked if key not in catalogue("zh-CN") and not key.endswith(".")} == set()


@pytest.mark.parametrize(
    ("cookie", "header", "wanted"),
    [
        (None, "", "zh-CN"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "fr,en;q=0.5,zh;q=0.4", "en"),
        (None, "zh-TW", "zh-CN"),
        ("en", "zh-CN", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_is_chosen_by_cookie_then_by_browser(cookie: str | None, header: str, wanted: str) -> None:
    assert preferred(cookie, header) == wanted


def test_times_are_local_and_durations_have_two_units() -> None:
    zh, en = Words("zh-CN"), Words("en")
    moment = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert zh.when(moment, moment) == "00:30"
    assert zh.when(moment, datetime(2026, 11, 30, tzinfo=UTC)) == "11-24 00:30"
    assert zh.in_full(moment) == "2026-11-24 00:30"
    assert (zh.duration(7500), en.duration(-7500), zh.duration(60 * 60 * 76), zh.duration(59)) == (
        "2时05分",
        "2h 05m",
        "3天04时",
        "0分",
    )
