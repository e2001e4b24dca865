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
from services.intake.api.resources import Resources
from services.intake.domain.case import IntakeCase
from services.intake.domain.confidential import ConfidentialDetails, is_community_only
from services.intake.domain.views import CaseView
from services.intake.store import personal_data
from services.intake.store.encryption import Encrypted
from services.intake.store.personal_data import AddedInformation
from services.intake.store.reporter_store import details_told_so_far, encrypt_details


@dataclass(slots=True)
class ConfidentialChange:
    """What was said and is sealed of a case up to this version of it; and what the decision seals."""

    resources: Resources
    version: int
    added: Sequence[AddedInformation]
    kept: Encrypted | None
    anew: Encrypted | None = None

    @classmethod
    async def of(cls, pool: Pool, case_id: UUID, resources: Resources) -> ConfidentialChange:
        """Read it, the version first: what is sealed after that is not taken for what was sealed at it."""
        added, version = await personal_data.added_since(pool, case_id)
        return cls(resources, version, added, await personal_data.find_confidential(pool, case_id))

    def told(
        self, case: Case[IntakeCase], form: FileForm, place: Place | None, category_id: str
    ) -> ConfidentialDetails | None:  # fmt: skip
        """What its unit will read once the desk has said this; none where the matter is not confidential, or nothing of that
        changes. Raises `ChangedMeanwhile`: what was added in this moment would be sealed away unread.
        """
        if not case.district.is_confidential(category_id):
            return None
        before = self._before(case)
        named = "component_id" in form.model_fields_set
        told = before.at(place, form.component_id if named else before.component_id, form.location)
        if told == before and case.state.received_report.confidential:
            return None
        if case.sequence != self.version:
            raise ChangedMeanwhile(yours=self.version, current=case.sequence)
        return told

    def place(self, case: Case[IntakeCase], form: FileForm, place: Place | None) -> Place | None:
        """The place that the desk gives; where what was told in confidence is filed in the open after all, its grid."""
        known = case.state.place
        hidden = case.state.received_report.confidential and known is not None and is_community_only(known)
        if place is None and hidden and not case.district.is_confidential(form.category_id):
            return self._before(case).grid_place
        return place

    def vault(self, case: Case[IntakeCase], told: ConfidentialDetails | None) -> None:
        """Seal it anew with what was just decided; nothing where that changed nothing."""
        self.anew = (
            encrypt_details(case.id, told, self.resources.vault, case.now)
            if told is not None and case.emitted
            else None
        )

    async def keep(self, connection: Connection, view: CaseView) -> None:
        """Write what was sealed."""
        if self.anew is not None:
            await personal_data.save_confidential(connection, view.case_id, self.anew)

    def _before(self, case: Case[IntakeCase]) -> ConfidentialDetails:
        """What is sealed of it; of what was told in the open, what that was."""
        if not case.state.received_report.confidential:
            return details_told_so_far(case.state, self.added)
        return (
            ConfidentialDetails.model_validate(self.resources.vault.decrypt(case.id, self.kept), extra="allow")
            if self.kept is not None
            else ConfidentialDetails()
        )
