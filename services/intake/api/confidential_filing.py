"""Encrypted details of a case while the desk files or corrects it.

The details are read before the decision, and encrypted again in the transaction of the decision.
"""

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
from services.intake.store.reporter_store import details_reported_so_far, encrypt_details


@dataclass(slots=True)
class ConfidentialChange:
    """The encrypted details of a case before and after a decision of the desk."""

    resources: Resources
    version: int
    added: Sequence[AddedInformation]
    stored: Encrypted | None
    new_encrypted: Encrypted | None = None

    @classmethod
    async def of(cls, pool: Pool, case_id: UUID, resources: Resources) -> ConfidentialChange:
        """Read the stored details and the case's version.

        The version is read first, so that `changed_details` notices information that is added later.
        """
        added, version = await personal_data.load_additions(pool, case_id)
        return cls(resources, version, added, await personal_data.find_confidential(pool, case_id))

    def changed_details(
        self, case: Case[IntakeCase], form: FileForm, place: Place | None, category_id: str
    ) -> ConfidentialDetails | None:
        """Return the details after the decision; `None` if they do not change or the category is not confidential.

        Raises `ChangedMeanwhile` if the case has changed since the details were read, because information that was
        added meanwhile would be lost.
        """
        if not case.district.is_confidential(category_id):
            return None
        before = self._before(case)
        component_given = "component_id" in form.model_fields_set
        details = before.with_place(place, form.component_id if component_given else before.component_id, form.location)
        if details == before and case.state.received_report.confidential:
            return None
        if case.version != self.version:
            raise ChangedMeanwhile(yours=self.version, current=case.version)
        return details

    def place(self, case: Case[IntakeCase], form: FileForm, place: Place | None) -> Place | None:
        """Return the place to file the case with: the place that the desk gives.

        If the desk gives none and files a confidential report under an ordinary category, return the grid from the
        encrypted details.
        """
        known = case.state.place
        hidden = case.state.received_report.confidential and known is not None and is_community_only(known)
        if place is None and hidden and not case.district.is_confidential(form.category_id):
            return self._before(case).grid_place
        return place

    def encrypt(self, case: Case[IntakeCase], details: ConfidentialDetails | None) -> None:
        """Encrypt `details` for `save`, if the decision changed the case."""
        self.new_encrypted = (
            encrypt_details(case.id, details, self.resources.vault, case.now)
            if details is not None and case.emitted
            else None
        )

    async def save(self, connection: Connection, view: CaseView) -> None:
        """Store the newly encrypted details, if there are any."""
        if self.new_encrypted is not None:
            await personal_data.save_confidential(connection, view.case_id, self.new_encrypted)

    def _before(self, case: Case[IntakeCase]) -> ConfidentialDetails:
        """Return the details before the decision.

        For a case that was not confidential until now, these are the report and what was added to it.
        """
        if not case.state.received_report.confidential:
            return details_reported_so_far(case.state, self.added)
        return (
            ConfidentialDetails.model_validate(self.resources.vault.decrypt(case.id, self.stored), extra="allow")
            if self.stored is not None
            else ConfidentialDetails()
        )
