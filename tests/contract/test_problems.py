"""Refusals of all services: each has a Chinese and an English text that state the same members."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest

import services
from services.chassis.problems import Problem

HAN = re.compile(r"[\u4e00-\u9fff]")


def subclasses_of(kind: type[Problem]) -> Iterator[type[Problem]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses_of(each)


@cache
def service_modules() -> tuple[str, ...]:
    """Import every module of the services, which defines their problems; return the names."""
    names = [found.name for found in pkgutil.walk_packages(services.__path__, "services.")]
    imported = tuple(name for name in names if not name.endswith("__main__"))
    for name in imported:
        importlib.import_module(name)
    return imported


@pytest.fixture(scope="module")
def problems() -> list[type[Problem]]:
    """Return the problems that the services define."""
    modules = set(service_modules())
    found = [kind for kind in subclasses_of(Problem) if kind.__module__ in modules]
    assert len(found) > 150
    return found


def members_of(template: str) -> set[str]:
    """Return the members that the text shows, without the suffix of the language."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return {name.removesuffix("_zh").removesuffix("_en") for name in names}


def test_every_problem_has_a_chinese_and_an_english_text(problems: list[type[Problem]]) -> None:
    for kind in problems:
        assert HAN.search(kind.zh), kind
        assert re.search("[A-Za-z]{3}", kind.en), kind
        assert not HAN.search(kind.en), kind


def test_a_problem_overrides_both_texts_or_none(problems: list[type[Problem]]) -> None:
    for kind in problems:
        assert ("zh" in vars(kind)) == ("en" in vars(kind)), kind


def test_both_texts_of_a_problem_show_the_same_members(problems: list[type[Problem]]) -> None:
    for kind in problems:
        assert members_of(kind.zh) == members_of(kind.en), kind


def test_problems_of_the_same_type_have_the_same_status(problems: list[type[Problem]]) -> None:
    """Several services define, for example, `TaskUnknown`; callers see one type."""
    statuses: dict[str, set[int]] = {}
    for kind in problems:
        statuses.setdefault(kind.type(), set()).add(kind.status)
    assert {key: found for key, found in statuses.items() if len(found) > 1} == {}
