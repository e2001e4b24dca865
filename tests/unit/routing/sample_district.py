"""A small district for routing tests: two streets, some units, and the responsibility list that a test needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache

from contracts.events.acceptance import Milestone
from contracts.registry import (
    Category,
    Centre,
    Community,
    Component,
    DistrictSettings,
    Entity,
    Grid,
    Match,
    Plan,
    Responsibility,
    Team,
    Unit,
)
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Question

GRID = "370522001001001"
MICRO = f"{GRID}-02"
OTHER_STREET = "370522002001001"
COMMUNITY = GRID[:12]
NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""11:00 of a Monday in Shanghai: office hours."""

MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
SAFE = Milestone(name="消险", name_en="made safe", amount=1, unit="urgent_hour")
FIXED = Milestone(name="修复", name_en="fixed", amount=2, unit="work_day")
KINDS = {
    "greens": "authority",
    "roads": "contractor",
    "water": "enterprise",
    "police": "street_unit",
    "street-one": "street_unit",
    "street-two": "street_unit",
    "fire": "authority",
    "mobile": "street_unit",
    "gas": "enterprise",
    "homes": "property_company",
    "owners": "owners_committee",
}

UNIT_AREAS = {"street-one": ("370522001",), "street-two": ("370522002",)}


def category(code: str, *, standard: str = "GB", confidential: bool = False, emergency: bool = False) -> Category:
    return Category(
        id=f"{standard}/matter/{code}",
        standard=standard,
        kind="matter",
        code=code,
        major=code[:2],
        major_name=f"大类{code[:2]}",
        major_name_en=f"major {code[:2]}",
        name=f"类别{code}",
        name_en=f"category {code}",
        confidential=confidential,
        emergency=emergency,
    )


CATEGORIES = (
    category("06010"),
    category("06011"),
    category("07001"),
    category("15001", confidential=True),
    category("15002", confidential=True, emergency=True),
    category("05001", emergency=True),
    category("01002"),
)


def entry(entry_id: str, *, code: str = "06010", area: str = "370522", **fields: object) -> Responsibility:
    """Return an entry of the responsibility list for one category, or for `match` if it is given."""
    fields.setdefault("match", Match(category=f"GB/matter/{code}"))
    return Responsibility(id=entry_id, area=area, **fields)  # type: ignore[arg-type]


def major(code: str) -> Match:
    return Match(standard="GB", kind="matter", major=code)


WHOLE_KIND = Match(standard="GB", kind="matter")
PLAN_GAS = Plan(
    id="plan-gas",
    name="燃气预案",
    name_en="Gas plan",
    categories=("GB/matter/05001",),
    first_response="mobile-team",
    agencies=("fire",),
    utilities=("gas",),
)

PLAN_GENERAL = Plan(id="plan-general", name="一般预案", name_en="General plan", first_response="mobile-team")
PLAN_PERSON = Plan(
    id="plan-person",
    name="人身安全预案",
    name_en="Person in danger plan",
    categories=("GB/matter/15002",),
    first_response="mobile-team",
    agencies=("police",),
)

COVER = Component(
    id="37052201002000001",
    category="GB/component/01002",
    name="井盖",
    name_en="cover",
    grid=GRID,
    longitude=118.2,
    latitude=37.4,
    owner_unit="water",
    maintainer_unit="roads",
)


def make_district(*entities: Entity, release: int = 1, units: dict[str, Unit] | None = None) -> RegistrySnapshot:
    """Return a snapshot of the district with these additional entries, plans and components."""
    records: dict[str, dict[str, Entity]] = {}
    for each in [*_fixed_entities(), *(units or {}).values(), *entities]:
        records.setdefault(each.KIND, {})[each.id] = each
    return RegistrySnapshot.from_records(release, records)


@cache
def _fixed_entities() -> tuple[Entity, ...]:
    return (
        DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ"),
        Centre(id="county", level="county", name="县中心", name_en="County centre", areas=("370522",)),
        *_street("one", "370522001"),
        *_street("two", "370522002"),
        *CATEGORIES,
        *(unit(unit_id) for unit_id in KINDS),
        Team(
            id="mobile-team",
            kind="mobile",
            name="机动组",
            name_en="Mobile team",
            convenor="mobile",
            areas=("370522",),
        ),
    )


def unit(unit_id: str, **fields: object) -> Unit:
    fields.setdefault("areas", UNIT_AREAS.get(unit_id, ()))
    return Unit(
        id=unit_id, name=f"{unit_id}局", name_en=f"{unit_id} office", kind=KINDS.get(unit_id, "authority"), **fields
    )  # type: ignore[arg-type]


def index(*entities: Entity) -> ListIndex:
    return ListIndex(make_district(*entities))


def make_question(code: str = "06010", **fields: object) -> Question:
    found = next((each for each in CATEGORIES if each.code == code), None)
    known: dict[str, object] = {
        "category_id": f"GB/matter/{code}",
        "area": GRID,
        "at": NOON,
        "milestones": (SAFE, FIXED),
        "emergency": bool(found and found.emergency),
        "confidential": bool(found and found.confidential),
    }
    fields.setdefault("returned_as_lead", fields.get("returned", ()))
    if known["confidential"]:
        known["area"] = COMMUNITY
    return Question(**{**known, **fields})  # type: ignore[arg-type]


def entries_of(found: Iterable[Responsibility]) -> tuple[Responsibility, ...]:
    """Return the entries with unique ids, for generated lists."""
    return tuple(each.model_copy(update={"id": f"e{number}"}) for number, each in enumerate(found))


def _street(number: str, area: str) -> list[Entity]:
    community = f"{area}001"
    return [
        Centre(
            id=f"centre-{number}",
            level="street",
            name=f"{number}街道中心",
            name_en=f"Street {number} centre",
            areas=(area,),
            above="county",
        ),
        Community(
            id=community,
            name=f"社区{number}",
            name_en=f"Community {number}",
            street=area,
            street_name=f"{number}街道",
            street_name_en=f"Street {number}",
            households=1000,
        ),
        Grid(
            id=f"{community}001",
            kind="base",
            name=f"网格{number}",
            name_en=f"Grid {number}",
            community=community,
            valid_from=date(2026, 1, 1),
        ),
    ]


THREE_CANDIDATES = (
    entry("a", area="370522001001", lead="greens", co=("homes", "water")),
    entry("b", area="370522001", lead="roads", co=("homes",)),
    entry("c", match=major("06"), lead="police"),
)
"""Three units that can lead the category 06010, the most specific entry first."""

STREET_TEAM = Team(id="joint-one", kind="joint", name="队", name_en="team", convenor="street-one", areas=("370522001",))

COUNTY_TEAM = Team(id="joint-0", kind="joint", name="队", name_en="team", convenor="fire", areas=("370522",))

GREENS_AND_WATER = (entry("e1", code="06011", lead="greens", co=("roads",)), entry("e2", code="07001", lead="water"))

JOINT_TEAM = Team(
    id="joint-one",
    kind="joint",
    name="联合队",
    name_en="Joint team",
    convenor="street-one",
    members=("police", "greens"),
    areas=("370522001",),
)
