"""Rows with the encrypted personal data of a new report: the reporter, and the details of a confidential case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from contracts.common import Place
from services.chassis.case_creation import Insert
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.case import IntakeCase
from services.intake.domain.confidential import ConfidentialDetails, location_of
from services.intake.domain.receiving import may_share_contact
from services.intake.domain.submission import Submission
from services.intake.store import personal_data, photos
from services.intake.store.encryption import Encrypted, PersonalDataVault, new_query_code
from services.intake.store.personal_data import AddedInformation, ReporterRecord


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """The personal data of a new report, and the rows that store it."""

    case_id: UUID
    submission: Submission
    vault: PersonalDataVault
    now: datetime
    reporter_ref: UUID | None
    query_code: str | None
    uploaders: Sequence[str] = ()
    """Uploader keys of the photos that the submission names."""

    @classmethod
    def of(
        cls,
        case_id: UUID,
        submission: Submission,
        reporter_ref: UUID | None,
        vault: PersonalDataVault,
        now: datetime,
        uploaders: Sequence[str] = (),
    ) -> PersonalRows:
        """Prepare the personal data of a report. A reporter without a phone number gets a query code."""
        code = new_query_code() if reporter_ref is not None and _phone(submission) is None else None
        return cls(case_id, submission, vault, now, reporter_ref, code, uploaders)

    @staticmethod
    def wanted(submission: Submission) -> bool:
        """Return whether a reporter must be stored for the report.

        That is so if the reporter gave a name or number or wants feedback, and always on the channels `resident` and
        `open311`, so that the reporter can follow the report.
        """
        reporter = submission.reporter
        reachable = not reporter.anonymous and bool(reporter.name or reporter.phone)
        return reachable or reporter.feedback_wanted or submission.channel in ("resident", "open311")

    def rows(self, confidential: bool, place: Place | None, district: RegistrySnapshot) -> list[Insert]:
        """Return the insert statements for the report's transaction. `place` is the exact place."""
        names = sorted({photo.sha256 for photo in self.submission.photos})
        found = photos.owner_rows(self.case_id, names, self.uploaders)
        if self.reporter_ref is not None:
            found.append(personal_data.reporter_row(self.case_id, self._reporter(self.reporter_ref, district)))
        if confidential:
            found.append(personal_data.confidential_row(self.case_id, self._confidential(place)))
        return found

    def _reporter(self, reporter_ref: UUID, district: RegistrySnapshot) -> ReporterRecord:
        reporter, phone = self.submission.reporter, _phone(self.submission)
        name = None if reporter.anonymous else reporter.name
        known = {"name": name, "phone": phone}
        days = timedelta(days=district.settings.retention.caller_hash)
        return ReporterRecord(
            reporter_ref=reporter_ref,
            keep_until=self.now + days,
            encrypted=self.vault.encrypt(self.case_id, known, self.now) if name or phone else None,
            contact_consent=may_share_contact(self.submission),
            phone_hash=self.vault.phone_hash(phone) if phone and self.submission.request_type != "tip" else None,
            code_hash=self.vault.code_hash(self.case_id, self.query_code) if self.query_code else None,
        )

    def _confidential(self, place: Place | None) -> Encrypted:
        submission = self.submission
        details = ConfidentialDetails(
            description=submission.description,
            photos=submission.event_photos,
            address=submission.address,
            location=submission.location,
        )
        return encrypt_details(
            self.case_id, details.with_place(place, submission.component_id, submission.location), self.vault, self.now
        )


def encrypt_details(case_id: UUID, details: ConfidentialDetails, vault: PersonalDataVault, now: datetime) -> Encrypted:
    """Return the confidential details, encrypted for storage."""
    return vault.encrypt(case_id, orjson.loads(details.to_document()), now)


def details_reported_so_far(state: IntakeCase, added: Sequence[AddedInformation]) -> ConfidentialDetails:
    """Return the details of a case that was not confidential until now.

    `added` are the texts and photos that reporters and officers have added since the report.
    """
    report, place = state.received_report, state.place
    words = (report.description, *(each.text or each.note for each in added))
    photos = dict.fromkeys((*report.photos, *(photo for each in added for photo in each.photos)))
    return ConfidentialDetails(
        description="\n".join(filter(None, words)),
        photos=tuple(photos),
        address=(place.address if place else None) or report.address,
        location=location_of(place) or state.given_location,
        grid_code=place.grid_code if place else None,
        component_id=state.component_id,
    )


def _phone(submission: Submission) -> str | None:
    reporter = submission.reporter
    return None if reporter.anonymous else reporter.phone
