"""The table of access: which callers each route admits."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local.home import ROOT
from services.chassis.auth import ROLES

FOLDER = ROOT / "tests/contract/access"

NOBODY, RESIDENT, SERVICE = "nobody", "resident", "service"

UNIT_LEADER, CHANNEL_KEY = "unit_leader", "channel_key"
"""A `leader` of a unit instead of a centre; the key of a reporting system with the role `hotline`."""

EVERYBODY = (NOBODY, RESIDENT, SERVICE, UNIT_LEADER, CHANNEL_KEY, *ROLES)
"""A caller without a credential, with a follow token, with the services' key, and with each role."""

GROUPS: dict[str, tuple[str, ...]] = {
    "anyone": (NOBODY, RESIDENT, UNIT_LEADER, CHANNEL_KEY, *ROLES),
    "signed_in": (RESIDENT, UNIT_LEADER, CHANNEL_KEY, *ROLES),
    "staff": (UNIT_LEADER, CHANNEL_KEY, *ROLES),
    "accounts": (UNIT_LEADER, *ROLES),
    "residents": (RESIDENT,),
    "services": (SERVICE,),
    "cookie": (),
}
"""Words of the table for several callers. `cookie`: only a browser's cookie or form gives access; without it the page
redirects to the sign-in."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    path: str
    who: tuple[str, ...]

    @property
    def let_in(self) -> frozenset[str]:
        return frozenset(each for word in self.who for each in GROUPS.get(word, (word,)))


def table(service: str) -> list[Row]:
    """Return the rows of `chassis.txt`, which hold for every service, and of the service's own file; `#` begins a
    comment.
    """
    texts = [(FOLDER / f"{name}.txt").read_text("utf-8") for name in ("chassis", service)]
    lines = (line.partition("#")[0].split() for text in texts for line in text.splitlines())
    return [Row(words[0], words[1], tuple(words[2:])) for words in lines if words]
