"""Names of the units, teams, categories and areas in list entries, in the reader's language."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from services.console import api_client
from services.console.rendering import words_of
from services.console.session import Reader
from services.console.words import Words

ById = Mapping[str, dict[str, Any]]


class Names(NamedTuple):
    """Entities of the current release, by id, that entries of the responsibility list may name."""

    t: Words
    units: ById
    teams: ById
    categories: ById
    communities: ById
    district: dict[str, Any]

    def unit(self, unit_id: str) -> str:
        """Return the name of a unit, or the id if the unit no longer exists."""
        return self.t.name_of(self.units.get(unit_id)) or unit_id

    def list_of_units(self, units: Iterable[str]) -> str:
        """Return the names of several units in one text."""
        return self.joined(self.unit(each) for each in units)

    def joined(self, words: Iterable[str]) -> str:
        """Join texts with the list separator of the reader's language."""
        return ("、" if self.t.language != "en" else ", ").join(words)

    def team(self, team_id: str) -> str:
        """Return the name of a joint team, or the id if the team no longer exists."""
        return self.t.name_of(self.teams.get(team_id)) or team_id

    def area(self, code: str) -> str:
        """Return the name of the district, a street or a community, or the code of a grid."""
        if code == self.district["id"]:
            return self.t.name_of(self.district)
        if code in self.communities:
            return self.t.name_of(self.communities[code])
        return self.t.name_of(self.streets.get(code)) or code

    @property
    def streets(self) -> ById:
        """The names of each street, by the code of the street."""
        return {
            each["street"]: {"name": each["street_name"], "name_en": each["street_name_en"]}
            for each in self.communities.values()
        }

    @property
    def majors(self) -> dict[str, list[dict[str, Any]]]:
        """Categories by major class 大类. The key is `standard/kind/major`."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in self.categories.values():
            found.setdefault(f"{each['standard']}/{each['kind']}/{each['major']}", []).append(each)
        return dict(sorted(found.items()))

    def major(self, key: str) -> str:
        """Return the name of a major class 大类, or `key` (`standard/kind/major`) if no category has it."""
        found = self.majors.get(key)
        return self.t.name_of({"name": found[0]["major_name"], "name_en": found[0]["major_name_en"]}) if found else key

    def matter(self, match: Mapping[str, Any]) -> str:
        """Return a text for what an entry is about: a category, a whole major class 大类, or a whole kind."""
        if category := match.get("category"):
            return f"{self.t.name_of(self.categories.get(category))} {category.rsplit('/', 1)[1]}".strip()
        kind = f"{match['standard']}/{match['kind']}"
        if match.get("major"):
            return self.t("list.whole_major", name=self.major(f"{kind}/{match['major']}"))
        return self.t("list.whole_kind", name=kind)


async def load_names(request: Request, reader: Reader) -> Names:
    """Load the names from the registry."""

    async def load(kind: str) -> ById:
        found = await api_client.get_all(request, reader, f"/api/registry/entities/{kind}", limit=1000)
        return {each["id"]: each for each in found}

    units, teams, categories, communities, district = await asyncio.gather(
        load("unit"), load("team"), load("category"), load("community"), load("district")
    )
    return Names(words_of(request), units, teams, categories, communities, next(iter(district.values())))
