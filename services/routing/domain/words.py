"""Reasons and explanations in both languages. Nothing here decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts.registry import DistrictSettings, Match, Responsibility
from contracts.registry.places import ManagementLevel
from services.chassis.registry_snapshot import District

_LONGEST_NOTE = 60


class Words(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str

    def __add__(self, other: object) -> Words:
        if not isinstance(other, Words):
            return NotImplemented
        return Words(self.zh + other.zh, f"{self.en} {other.en}".strip())


NOTHING = Words("", "")
NOT_A_UNIT = Words("不是在册责任单位", "is not a responsible unit of this release")
CLOSED_UNIT = Words("该单位已停用", "the unit is no longer in service")
NOT_HERE = Words("不在其工作范围内", "does not work here")
NOT_YET = Words("尚未施行", "is not in force yet")
NO_LONGER = Words("已失效", "is no longer in force")
OTHER_HOURS = Words("不在其适用时段", "counts at other hours")
OTHER_LEVEL = Words("管理层级不符", "is for what another level looks after")
NOT_ON_DUTY = Words("此时不当班", "is not on duty now")
RETURNED = Words("已退单并获准", "returned this case, and the return was accepted")
CALLED_IN = Words("应急单位以移交通报，不派遣", "an emergency service is called in by a hand-over")
ASKED_ONLY = Words("协调类单位只能商请，不能派遣", "is asked, never ordered")
HAS_AN_ORDER = Words("已有本案派遣单", "has an order of this case already")
NOT_IN_THE_PLAN = Words("保密案件只派预案所列单位", "a confidential case goes only to those whom its plan names")
COMPETENT = Words("主管单位", "the competent unit")
MAINTAINER = Words("部件的养护单位", "maintains the component")
OWNER = Words("部件的权属单位", "owns the component")
CONFIDENTIAL = Words("保密事项：只派主管单位。", "Confidential: sent to the competent unit alone.")
GIVEN_AGAIN = Words("并案已撤销，恢复原派遣。", "The merge was undone: the orders it took back go out again.")
DISOWNED = Words(
    "已有两个单位先后退单；保密事项不作现场会商，由属地中心派遣员确定主管单位。",
    "Two units have returned it in turn. A confidential matter goes before no team: the dispatcher of the street's centre "
    "names the competent unit.",
)
STILL_ASKED = Words(
    "此前已交人工决定而尚未决定：恢复原事项，重新计时。",
    "A person was asked before and had not decided: the same question stands again, with its time anew.",
)
GO_AHEAD = Words("先行处置，先确保安全", "Go at once and make it safe first")
FIRST_ASKED = Words("按预案先行处置，先确保安全", "Under the emergency plan: go at once and make it safe first")

HOURS = {
    "any": Words("全时段", "at all hours"),
    "office": Words("工作时间", "in office hours"),
    "night": Words("非工作时间", "outside office hours"),
}
LEVELS: dict[ManagementLevel, Words] = {
    "county": Words("县级管理", "looked after by the county"),
    "street": Words("街道管理", "looked after by the street"),
    "community": Words("社区管理", "looked after by the community"),
}
ON_DUTY = Words("按排班在岗", "on duty by the roster")
_KIND = {
    "component": Words("部件", "components"),
    "matter": Words("事项", "matters"),
    "event": Words("事件", "events"),
}

NEEDED = {
    "no_match": Words(
        "处置责任清单没有对应条目，交属地中心派遣员决定，并记一条清单缺口。",
        "No entry of the responsibility list applies: the dispatcher of the street's centre decides, "
        "and a gap is noted against the list.",
    ),
    "no_candidate_left": Words(
        "清单上已无其他可派单位，交属地中心派遣员决定。",
        "The list names nobody else: the dispatcher of the street's centre decides.",
    ),
    "list_disagrees": Words(
        "清单中同等具体的条目所指牵头单位不一致，交属地中心派遣员决定。",
        "Equally specific entries of the list name different leads: the dispatcher of the street's centre decides.",
    ),
    "joint_survey": Words(
        "已有两个单位先后退单，由上一级联合处置队现场会商，当场确定牵头单位（乡呼县应）。",
        "Two units have returned it in turn: the joint team one level up meets on site and names the lead there.",
    ),
}
"""Why a person must decide; what a unit said of it in `said_by`."""


_SAID = {
    "said_duplicate": Words(
        "退单并获准，称与其他案件重复。请派遣员核对：并案，退回受理，或仍指定单位办理。",
        "gave it back, which was accepted: it says that another case is about the same. Compare: merge it, send it back to the "
        "desk, or name a unit all the same.",
    ),
    "said_untrue": Words(
        "退单并获准，称情况不实。请派遣员核对：退回受理，作废，或仍指定单位办理。",
        "gave it back, which was accepted: it says that it is not true. Find out: send it back to the desk, have it voided, or "
        "name a unit all the same.",
    ),
}


def said_by(unit: Words, said: str) -> Words:
    """What the unit said when it gave the case back, and what a person does about it."""
    return Words(unit.zh, unit.en) + Words(_SAID[said].zh, _SAID[said].en)


def area_name(area: str, district: District) -> Words:
    """The name of an area prefix: county, street, community or grid; other prefixes are their own name."""
    if area == district.settings.id:
        return _of(district.settings)
    if (community := district.communities.get(area)) is not None:
        return Words(community.name, community.name_en)
    if (grid := district.grids.get(area)) is not None:
        return Words(grid.name, grid.name_en)
    for community in district.communities.values():
        if community.street == area:
            return Words(community.street_name, community.street_name_en)
    return Words(area, area)


def matter_name(match: Match, district: District) -> Words:
    """What an entry speaks of: a category, a major, or a whole kind."""
    if match.category is not None:
        category = district.categories.get(match.category)
        return Words(match.category, match.category) if category is None else Words(category.name, category.name_en)
    if match.major is not None:
        for category in district.categories.values():
            if match.covers(category) and category.major_name:
                return Words(f"大类 {category.major_name}", f"all of {category.major_name_en}")
        return Words(f"大类 {match.major}", f"all of major {match.major}")
    kind = _KIND[match.kind or "matter"]
    return Words(f"全部{kind.zh}", f"all {kind.en}")


def clause_name(entry: Responsibility) -> Words:
    """Return how the published list calls the entry; an entry without a number or heading is told by what it says."""
    zh = entry.clause or entry.clause_en
    en = entry.clause_en or entry.clause
    return Words(
        f"责任清单“{zh}”" if zh else "责任清单条目", f"clause “{en}” of the list" if en else "entry of the list"
    )


def entry_reason(entry: Responsibility, area: Words, matter: Words) -> Words:
    """Return which clause of the list speaks, for what, where and when."""
    terms = [area, matter, HOURS[entry.hours]]
    if entry.level is not None:
        terms.insert(2, LEVELS[entry.level])
    if entry.on_duty:
        terms.append(ON_DUTY)
    if entry.valid_from is not None:
        terms.append(Words(f"{entry.valid_from}起施行", f"from {entry.valid_from}"))
    if entry.valid_to is not None:
        terms.append(Words(f"{entry.valid_to}起失效", f"until {entry.valid_to}"))
    name, note = clause_name(entry), Words(_short(entry.note), _short(entry.note_en))
    return Words(
        f"{name.zh}：{'，'.join(each.zh for each in terms)}" + (f"（{note.zh}）" if note.zh else ""),
        f"{name.en}: {', '.join(each.en for each in terms)}" + (f" ({note.en})" if note.en else ""),
    )


def banned(entry: Words) -> Words:
    """A negative entry of the list excludes the unit from leading."""
    return Words(f"{entry.zh}，规定不得牵头", f"{entry.en}, says that it can never lead this")


def because_outranked(reason: Words, why: Words) -> Words:
    """The reason of a candidate that was not chosen, with why another went before it."""
    return Words(f"{reason.zh}；未选：{why.zh}", f"{reason.en}; not chosen: {why.en}")


def preferred(unit: Words, why: Words) -> Words:
    """The sentence that says whom the lead was preferred to, and why."""
    return Words(f"优先于{unit.zh}：{why.zh}。", f"Preferred to {unit.en}: {why.en}.")


def led_by(unit: Words, because: Words) -> Words:
    """The sentence that names the lead and why."""
    return Words(f"由{unit.zh}牵头：{because.zh}。", f"{unit.en} leads: {because.en}.")


def joined_by(units: Sequence[Words]) -> Words:
    """The sentence that names the co-units."""
    joined = join(units)
    return Words(f"{joined.zh}协办。", f"Joining: {joined.en}.")


def handed_over(service: Words, *, transfer: bool) -> Words:
    """The sentence that names an emergency service that a person has called."""
    if transfer:
        return Words(
            f"移交{service.zh}办理；对方应答之前仍由本中心负责。",
            f"Handed over to {service.en}; it stays ours until they acknowledge it.",
        )
    return Words(
        f"通报{service.zh}联动处置；对方应答之前仍由本中心负责。",
        f"{service.en} is called in beside us; it stays ours until they acknowledge it.",
    )


def sent_ahead(unit: Words) -> Words:
    """The sentence that names who is sent at once by a person, beside whoever acts."""
    return Words(f"派{unit.zh}先行处置，先确保安全。", f"{unit.en} goes at once and makes it safe first.")


def because_of(reason: str) -> Words:
    """The sentence with a person's own reason."""
    return Words(f"理由：{reason}", f"Reason: {reason}")


def called_off(service: Words) -> Words:
    """The sentence that names who was called in and need not come, or go on."""
    return Words(f"{service.zh}不必再到场。", f"{service.en} need not come any more.")


def started(plan: Words, units: Sequence[Words]) -> Words:
    """The sentence that names an emergency plan and who goes at once."""
    joined = join(units)
    return Words(
        f"突发事件，启动{plan.zh}：{joined.zh}立即行动。", f"Emergency, {plan.en} starts: {joined.en} go at once."
    )


def join(units: Iterable[Words]) -> Words:
    """Names as a list in a sentence."""
    named = list(units)
    return Words("、".join(each.zh for each in named), ", ".join(each.en for each in named))


def _short(note: str) -> str:
    return note if len(note) <= _LONGEST_NOTE else note[: _LONGEST_NOTE - 1] + "…"


def _of(settings: DistrictSettings) -> Words:
    return Words(settings.name, settings.name_en)
