"""What is sealed of a confidential case when the desk files it or puts it right: read before, and sealed anew with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.common import Place
from services.chassis.cases import Case
from services.chassis.database import Connection, Pool
from services.chassis.problems import ChangedMeanwhile
from services.intake.api.forms import FileForm
from services.intake.domain.case import IntakeCase
from services.intake.domain.confidence import Confided, only_community
from services.intake.domain.views import CaseView
from services.intake.keeping import sealed, told_openly
from services.intake.parts import Parts
from services.intake.sealing import Sealed
from services.intake.store import people
from services.intake.store.people import Said


@dataclass(slots=True)
class Confiding:
    """What was said and is sealed of a case up to this version of it; and what the decision seals."""

    own: Parts
    version: int
    added: Sequence[Said]
    kept: Sealed | None
    anew: Sealed | None = None

    @classmethod
    async def of(cls, pool: Pool, case_id: UUID, own: Parts) -> Confiding:
        """Read it, the version first: what is sealed after that is not taken for what was sealed at it."""
        added, version = await people.said_since(pool, case_id)
        return cls(own, version, added, await people.confidential(pool, case_id))

    def told(
        self, case: Case[IntakeCase], form: FileForm, place: Place | None, category_id: str
    ) -> Confided | None:  # fmt: skip
        """What its unit will read once the desk has said this; none where the matter is not confidential, or nothing of that
        changes. Raises `ChangedMeanwhile`: what was added in this moment would be sealed away unread.
        """
        if not case.district.is_confidential(category_id):
            return None
        before = self._before(case)
        named = "component_id" in form.model_fields_set
        told = before.at(place, form.component_id if named else before.component_id, form.location)
        if told == before and case.state.known.confidential:
            return None
        if case.sequence != self.version:
            raise ChangedMeanwhile(yours=self.version, current=case.sequence)
        return told

    def place(self, case: Case[IntakeCase], form: FileForm, place: Place | None) -> Place | None:
        """The place that the desk gives; where what was told in confidence is filed in the open after all, its grid."""
        known = case.state.place
        hidden = case.state.known.confidential and known is not None and only_community(known)
        if place is None and hidden and not case.district.is_confidential(form.category_id):
            return self._before(case).grid
        return place

    def seal(self, case: Case[IntakeCase], told: Confided | None) -> None:
        """Seal it anew with what was just decided; nothing where that changed nothing."""
        self.anew = sealed(case.id, told, self.own.seal, case.now) if told is not None and case.emitted else None

    async def keep(self, connection: Connection, view: CaseView) -> None:
        """Write what was sealed."""
        if self.anew is not None:
            await people.keep_confidential(connection, view.case_id, self.anew)

    def _before(self, case: Case[IntakeCase]) -> Confided:
        """What is sealed of it; of what was told in the open, what that was."""
        if not case.state.known.confidential:
            return told_openly(case.state, self.added)
        return (
            Confided.model_validate(self.own.seal.open(case.id, self.kept), extra="allow")
            if self.kept is not None
            else Confided()
        )
