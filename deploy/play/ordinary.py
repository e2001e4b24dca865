"""Ordinary reports of a day: kinds with typical texts, and request bodies for officers and residents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deploy.play.city import City
from deploy.play.situations import EMERGENCY, LOCAL, MATTER, RESIDENT


@dataclass(frozen=True)
class Kind:
    """A kind of report: category, filing condition, possible descriptions, and the outcome that the unit reports."""

    category: str
    condition: str
    words: tuple[str, ...]
    outcome: str = "solved"


KINDS = (
    Kind(
        MATTER + "06010",
        "06010-1",
        ("绿化带旁堆着几袋生活垃圾。", "楼头垃圾没入桶，苍蝇乱飞。", "路边有人倒了一堆垃圾。"),
    ),
    Kind(MATTER + "06012", "06012-1", ("路面有油污和烟头。", "人行道上满是落叶和纸屑。")),
    Kind(MATTER + "06014", "06014-1", ("渣土车撒了一路土。", "路口有砂石遗撒，电动车打滑。")),
    Kind(MATTER + "06036", "06036-1", ("墙根堆着旧木板。", "人行道堆放建材。")),
    Kind(MATTER + "06042", "06042-1", ("垃圾箱满了，溢了一地。",)),
    Kind(MATTER + "06013", "06013-2", ("路面有个坑，骑车容易摔。", "沥青开裂，下雨积水。")),
    Kind(MATTER + "01003", "01003-1", ("雨水井盖翘起，车过咣当响。",)),
    Kind(MATTER + "01037", "01037-1", ("路灯三盏不亮，夜里很黑。", "路灯白天一直亮着。")),
    Kind(MATTER + "04002", "04002-2", ("行道树枝条压到电线。",)),
    Kind(MATTER + "07003", "07003-1", ("楼顶广告布被风撕开。",)),
    Kind(MATTER + "08004", "08004-1", ("工地没洒水，灰大得睁不开眼。",)),
    Kind(MATTER + "09005", "09005-1", ("水果店把货摆到人行道上。", "烧烤店桌子摆到路边。")),
    Kind(MATTER + "09010", "09010-1", ("共享单车堵住盲道。",)),
    Kind(MATTER + "09009", "09009-1", ("小区门口机动车乱停，消防车进不来。",)),
    Kind(LOCAL + "12002", "12002-1", ("下水道返水，一楼泡了。",)),
    Kind(LOCAL + "13002", "13002-1", ("楼道里堆满纸箱。",)),
    Kind(LOCAL + "13001", "13001-1", ("有人从三楼飞线给电动车充电。",)),
    Kind(LOCAL + "11004", "11004-1", ("预付卡商家关门，不退钱。",), "mediated"),
    Kind(LOCAL + "12006", "12006-1", ("介绍的工作离家太远，不合适。",), "explained"),
    Kind(MATTER + "08001", "08001-2", ("工地早上五点就开工。",), "persuaded"),
    Kind(EMERGENCY + "05-06", "05-06-1", ("路口积水没过脚面。",)),
)

OFFICER_KINDS = KINDS[:14]
"""Kinds of reports that officers send on patrol."""


def by_officer(city: City, grid: str, officer: str, kind: Kind) -> tuple[str, dict[str, Any]]:
    """Return the sender and the request body of an officer's report.

    Intake files such a report without verification, because it has a photo.
    """
    return f"officer:{officer}", {
        "channel": "grid_terminal",
        "category_id": kind.category,
        "condition_id": kind.condition,
        "grid_code": grid,
        "photos": ("near",),
        "description": city.random.choice(kind.words),
    }


def by_caller(city: City, grid: str, kind: Kind, channel: str = "hotline") -> tuple[str, dict[str, Any]]:
    """Return the sender and the request body of a resident's report.

    Such a report is verified before filing, and the resident is asked for feedback after closing.
    """
    return f"channel:{channel}", {
        "channel": channel,
        "category_id": kind.category,
        "condition_id": kind.condition,
        "grid_code": grid,
        "description": city.random.choice(kind.words),
        "reporter": RESIDENT,
    }
