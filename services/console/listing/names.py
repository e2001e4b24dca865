"""What the ids in an entry of the list are called, in the reader's language."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from services.console import asking
from services.console.render import words_of
from services.console.session import Reader
from services.console.words import Words

Things = Mapping[str, dict[str, Any]]


class Names(NamedTuple):
    """The release in force, as far as entries of the list name it; each by id."""

    t: Words
    units: Things
    teams: Things
    categories: Things
    communities: Things
    district: dict[str, Any]

    def unit(self, unit_id: str) -> str:
        """A unit; its id where the release has none of it any more."""
        return self.t.named(self.units.get(unit_id)) or unit_id

    def together(self, units: Iterable[str]) -> str:
        """Several units, in their order."""
        return self.joined(self.unit(each) for each in units)

    def joined(self, words: Iterable[str]) -> str:
        """Several words, as the language lists them."""
        return ("、" if self.t.language != "en" else ", ").join(words)

    def team(self, team_id: str) -> str:
        """A joint team."""
        return self.t.named(self.teams.get(team_id)) or team_id

    def area(self, code: str) -> str:
        """The district, a street, a community, or the code of a grid."""
        if code == self.district["id"]:
            return self.t.named(self.district)
        if code in self.communities:
            return self.t.named(self.communities[code])
        return self.t.named(self.streets.get(code)) or code

    @property
    def streets(self) -> Things:
        """The streets of the district."""
        return {
            each["street"]: {"name": each["street_name"], "name_en": each["street_name_en"]}
            for each in self.communities.values()
        }

    @property
    def majors(self) -> dict[str, list[dict[str, Any]]]:
        """Categories by the major they belong to, `standard/kind/major`."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in self.categories.values():
            found.setdefault(f"{each['standard']}/{each['kind']}/{each['major']}", []).append(each)
        return dict(sorted(found.items()))

    def major(self, key: str) -> str:
        """A major by its key."""
        found = self.majors.get(key)
        return self.t.named({"name": found[0]["major_name"], "name_en": found[0]["major_name_en"]}) if found else key

    def matter(self, match: Mapping[str, Any]) -> str:
        """What an entry speaks of: a category, a whole major, or a whole kind."""
        if category := match.get("category"):
            return f"{self.t.named(self.categories.get(category))} {category.rsplit('/', 1)[1]}".strip()
        kind = f"{match['standard']}/{match['kind']}"
        if match.get("major"):
            return self.t("list.whole_major", name=self.major(f"{kind}/{match['major']}"))
        return self.t("list.whole_kind", name=kind)


async def names(request: Request, who: Reader) -> Names:
    """Ask the registry for all of them."""

    async def of(kind: str) -> Things:
        found = await asking.everything(request, who, f"/api/registry/entities/{kind}", limit=1000)
        return {each["id"]: each for each in found}

    units, teams, categories, communities, district = await asyncio.gather(
        of("unit"), of("team"), of("category"), of("community"), of("district")
    )
    return Names(words_of(request), units, teams, categories, communities, next(iter(district.values())))
