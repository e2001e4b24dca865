"""Reasons and explanations of routing decisions, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts.registry import DistrictSettings, Match, Responsibility
from contracts.registry.places import ManagementLevel
from services.chassis.registry_snapshot import RegistrySnapshot

_LONGEST_NOTE = 60


class Text(NamedTuple):
    """A text in Chinese and English."""

    zh: str
    en: str

    def __add__(self, other: object) -> Text:
        """Join two texts as sentences."""
        if not isinstance(other, Text):
            return NotImplemented
        return Text(self.zh + other.zh, f"{self.en} {other.en}".strip())


NOTHING = Text("", "")
NOT_A_UNIT = Text("不是在册责任单位", "is not a responsible unit of this release")
CLOSED_UNIT = Text("该单位已停用", "the unit is no longer in service")
NOT_HERE = Text("不在其工作范围内", "does not work in this area")
NOT_YET = Text("尚未施行", "is not in force yet")
NO_LONGER = Text("已失效", "is no longer in force")
OTHER_HOURS = Text("不在其适用时段", "applies at other hours")
OTHER_LEVEL = Text("管理层级不符", "applies to another management level")
NOT_ON_DUTY = Text("此时不当班", "is not on duty now")
RETURNED = Text("已退单并获准", "returned this case, and the return was accepted")
CALLED_IN = Text("应急单位以移交通报，不派遣", "an emergency service is called in by a hand-over, not dispatched")
ASKED_ONLY = Text("协调类单位只能商请，不能派遣", "is a coordinated unit, which can be asked but not dispatched")
HAS_A_DISPATCH = Text("已有本案派遣单", "already has a dispatch of this case")
NOT_IN_THE_PLAN = Text("保密案件只派预案所列单位", "a confidential case goes only to units that its plan names")
COMPETENT = Text("主管单位", "the competent unit")
MAINTAINER = Text("部件的养护单位", "maintains the component")
OWNER = Text("部件的权属单位", "owns the component")
CONFIDENTIAL = Text("保密事项：只派主管单位。", "Confidential: sent to the competent unit alone.")
GIVEN_AGAIN = Text("并案已撤销，恢复原派遣。", "The merge was undone; the former dispatches are restored.")
DISOWNED = Text(
    "已有两个单位先后退单；保密事项不作现场会商，由属地中心派遣员确定主管单位。",
    "Two units have returned it. A confidential case has no joint survey: the dispatcher of the street's centre "
    "chooses the competent unit.",
)
STILL_ASKED = Text(
    "此前已交人工决定而尚未决定：恢复原事项，重新计时。",
    "A person was asked before and had not decided; the question is asked again with a new deadline.",
)
GO_AHEAD = Text("先行处置，先确保安全", "Go at once and make it safe first")
FIRST_RESPONSE_INSTRUCTIONS = Text(
    "按预案先行处置，先确保安全", "Under the emergency plan: go at once and make it safe first"
)

HOURS = {
    "any": Text("全时段", "at all hours"),
    "office": Text("工作时间", "in office hours"),
    "night": Text("非工作时间", "outside office hours"),
}
LEVELS: dict[ManagementLevel, Text] = {
    "county": Text("县级管理", "managed by the county"),
    "street": Text("街道管理", "managed by the street"),
    "community": Text("社区管理", "managed by the community"),
}
ON_DUTY = Text("按排班在岗", "on duty by the roster")
_KIND = {
    "component": Text("部件", "components"),
    "matter": Text("事项", "matters"),
    "event": Text("事件", "events"),
}

NEEDED = {
    "no_match": Text(
        "处置责任清单没有对应条目，交属地中心派遣员决定，并记一条清单缺口。",
        "No entry of the responsibility list applies: the dispatcher of the street's centre decides, "
        "and a gap in the list is recorded.",
    ),
    "no_candidate_left": Text(
        "清单上已无其他可派单位，交属地中心派遣员决定。",
        "The list names no other unit: the dispatcher of the street's centre decides.",
    ),
    "list_disagrees": Text(
        "清单中同等具体的条目所指牵头单位不一致，交属地中心派遣员决定。",
        "Equally specific entries of the list name different leads: the dispatcher of the street's centre decides.",
    ),
    "joint_survey": Text(
        "已有两个单位先后退单，由上一级联合处置队现场会商，当场确定牵头单位（乡呼县应）。",
        "Two units have returned it: the joint team one level up meets on site and chooses the lead there.",
    ),
}
"""For each reason why a person must decide, the explanation.

`return_reason_sentence` gives the explanation if a unit returned the case because there is nothing to do.
"""


_RETURN_REASONS = {
    "reported_duplicate": Text(
        "退单并获准，称与其他案件重复。请派遣员核对：并案，退回受理，或仍指定单位办理。",
        "returned it, and the return was accepted: the unit says that another case is about the same problem. Compare the two: "
        "merge this case, send it back to the desk, or choose a unit nevertheless.",
    ),
    "reported_untrue": Text(
        "退单并获准，称情况不实。请派遣员核对：退回受理，作废，或仍指定单位办理。",
        "returned it, and the return was accepted: the unit says that the report is not true. Check it: send the case back to "
        "the desk, have it voided, or choose a unit nevertheless.",
    ),
}


def return_reason_sentence(unit: Text, reason: str) -> Text:
    """Return the sentences that say why this unit returned the case, and what a person should do."""
    return unit + _RETURN_REASONS[reason]


def area_name(area: str, district: RegistrySnapshot) -> Text:
    """Return the name of a county, street, community or grid. For any other area code return the code itself."""
    if area == district.settings.id:
        return _district_name(district.settings)
    if (community := district.communities.get(area)) is not None:
        return Text(community.name, community.name_en)
    if (grid := district.grids.get(area)) is not None:
        return Text(grid.name, grid.name_en)
    for community in district.communities.values():
        if community.street == area:
            return Text(community.street_name, community.street_name_en)
    return Text(area, area)


def matter_name(match: Match, district: RegistrySnapshot) -> Text:
    """Return the name of what an entry covers: a category, a major class 大类, or a kind."""
    if match.category is not None:
        category = district.categories.get(match.category)
        return Text(match.category, match.category) if category is None else Text(category.name, category.name_en)
    if match.major is not None:
        for category in district.categories.values():
            if match.covers(category) and category.major_name:
                return Text(f"大类 {category.major_name}", f"all of {category.major_name_en}")
        return Text(f"大类 {match.major}", f"all of major {match.major}")
    kind = _KIND[match.kind or "matter"]
    return Text(f"全部{kind.zh}", f"all {kind.en}")


def clause_name(entry: Responsibility) -> Text:
    """Return the name of an entry for readers: its clause in the published list, if it has one."""
    zh = entry.clause or entry.clause_en
    en = entry.clause_en or entry.clause
    return Text(
        f"责任清单“{zh}”" if zh else "责任清单条目", f"clause “{en}” of the list" if en else "entry of the list"
    )


def entry_reason(entry: Responsibility, area: Text, matter: Text) -> Text:
    """Return a description of an entry of the list as the reason of a candidate: clause, area, category, conditions."""
    terms = [area, matter, HOURS[entry.hours]]
    if entry.level is not None:
        terms.insert(2, LEVELS[entry.level])
    if entry.on_duty:
        terms.append(ON_DUTY)
    if entry.valid_from is not None:
        terms.append(Text(f"{entry.valid_from}起施行", f"from {entry.valid_from}"))
    if entry.valid_to is not None:
        terms.append(Text(f"{entry.valid_to}起失效", f"until {entry.valid_to}"))
    name, note = clause_name(entry), Text(_short(entry.note), _short(entry.note_en))
    return Text(
        f"{name.zh}：{'，'.join(each.zh for each in terms)}" + (f"（{note.zh}）" if note.zh else ""),
        f"{name.en}: {', '.join(each.en for each in terms)}" + (f" ({note.en})" if note.en else ""),
    )


def exclusion_reason(entry: Text) -> Text:
    """Return the reason that a unit may not lead. `entry`: description of the entry that excludes it."""
    return Text(f"{entry.zh}，规定不得牵头", f"{entry.en}, excludes it from leading")


def outranked_reason(reason: Text, why: Text) -> Text:
    """Return the reason of a candidate that was not chosen. `why`: why another candidate preceded it."""
    return Text(f"{reason.zh}；未选：{why.zh}", f"{reason.en}; not chosen: {why.en}")


def preference_sentence(unit: Text, why: Text) -> Text:
    """Return the sentence that says why the lead was preferred to this unit."""
    return Text(f"优先于{unit.zh}：{why.zh}。", f"Preferred to {unit.en}: {why.en}.")


def lead_sentence(unit: Text, because: Text) -> Text:
    """Return the sentence that says that this unit leads, and why."""
    return Text(f"由{unit.zh}牵头：{because.zh}。", f"{unit.en} leads: {because.en}.")


def co_units_sentence(units: Sequence[Text]) -> Text:
    """Return the sentence that names the co-units."""
    joined = join(units)
    return Text(f"{joined.zh}协办。", f"Joining: {joined.en}.")


def handover_sentence(service: Text, *, transfer: bool) -> Text:
    """Return the sentence that says that the case is handed over to this emergency service."""
    if transfer:
        return Text(
            f"移交{service.zh}办理；对方应答之前仍由本中心负责。",
            f"Handed over to {service.en}. The centre stays responsible until they acknowledge it.",
        )
    return Text(
        f"通报{service.zh}联动处置；对方应答之前仍由本中心负责。",
        f"{service.en} is called in to act jointly. The centre stays responsible until they acknowledge it.",
    )


def first_response_sentence(unit: Text) -> Text:
    """Return the sentence that says that this unit gives first response."""
    return Text(f"派{unit.zh}先行处置，先确保安全。", f"{unit.en} goes at once and makes it safe first.")


def reason_sentence(reason: str) -> Text:
    """Return the sentence with the reason that a person gave for a decision."""
    return Text(f"理由：{reason}", f"Reason: {reason}")


def cancellation_sentence(service: Text) -> Text:
    """Return the sentence that says that a hand-over or first response was cancelled."""
    return Text(f"{service.zh}不必再到场。", f"{service.en} is no longer needed.")


def plan_sentence(plan: Text, units: Sequence[Text]) -> Text:
    """Return the sentence that names an emergency plan and its first responders."""
    joined = join(units)
    return Text(
        f"突发事件，启动{plan.zh}：{joined.zh}立即行动。", f"Emergency, {plan.en} starts: {joined.en} go at once."
    )


def join(units: Iterable[Text]) -> Text:
    """Join names with commas, as in a sentence."""
    named = list(units)
    return Text("、".join(each.zh for each in named), ", ".join(each.en for each in named))


def _short(note: str) -> str:
    return note if len(note) <= _LONGEST_NOTE else note[: _LONGEST_NOTE - 1] + "…"


def _district_name(settings: DistrictSettings) -> Text:
    return Text(settings.name, settings.name_en)
