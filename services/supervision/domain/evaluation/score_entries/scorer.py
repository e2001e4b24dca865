"""The scorer changes the scores of one case while one event is applied."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.common import Actor
from contracts.figures import CONTACT, DECISION, FIGURES, FILING, STANDING_PREFIX, Deadline
from services.chassis.months import month_of
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation.months import entry_month
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import CaseScores, ScoredClock, ScoredDispatch
from services.supervision.domain.evaluation.score_entries.facts import CountedFact, FactKey, Reason, ScoreEntry, Subject
from services.supervision.domain.primitives.provisional import compute_deadline

_DECISION_FIGURES = frozenset({FILING.due, FILING.kept, FILING.missed, DECISION.due, DECISION.kept, DECISION.missed})


@dataclass(frozen=True, slots=True)
class Scorer:
    """Counts, reverses and exempts the counted facts of one case while one event is applied."""

    scores: CaseScores
    case_id: UUID
    at: datetime
    """When the event was stated."""
    district: RegistrySnapshot

    @property
    def street(self) -> Subject:
        """The street for which the case counts; the district itself if the place is unknown."""
        return facts.street(self.scores.street or self.district.settings.id)

    def street_of_decision(self, clock: ScoredClock) -> Subject:
        """Return the street of the centre that must decide, or the county if the centre belongs to the county."""
        return self.street_of_centre(clock.centre_id)

    def street_of_centre(self, centre_id: str | None) -> Subject:
        """Return the street of this centre; without one, the street of the case."""
        centre = self.district.centres.get(centre_id or "")
        return facts.street(min(centre.areas, key=len)[:9]) if centre is not None and centre.areas else self.street

    def unit(self, unit_id: str | None, dispatch_id: UUID | None) -> Subject | None:
        """Return the unit as a subject; `None` if the dispatch is a hand-over. Emergency services are not scored."""
        dispatch = self.scores.dispatches.get(dispatch_id) if dispatch_id is not None else None
        return None if unit_id is None or (dispatch is not None and dispatch.handover) else facts.unit(unit_id)

    @property
    def lead_unit(self) -> Subject | None:
        """The lead unit as a subject; `None` without a lead or if the lead is a hand-over."""
        return self.unit_of_dispatch(self.scores.lead)

    def unit_of_dispatch(self, dispatch: ScoredDispatch | None) -> Subject | None:
        """Return the unit of a dispatch as a subject; `None` without a dispatch or for a hand-over."""
        return None if dispatch is None or dispatch.handover else facts.unit(dispatch.unit_id)

    def count(
        self,
        subject: Subject | None,
        figure: str,
        about: object = None,
        due_at: datetime | None = None,
        amount: int = 1,
        depends_on: FactKey | None = None,
        done_at: datetime | None = None,
    ) -> None:
        """Add a counted fact for the subject; do nothing if the subject is `None`.

        `due_at`: the deadline, for figures that count in the month of the deadline. `done_at`: when the work was done,
        if a terminal handed it in later. `depends_on`: key of another counted fact; this fact counts only while the
        other one counts. `about`: the counted object, which counts once; without it, each call counts once more.
        Exercises and voided cases never count, and lateness does not count in a storm.
        """
        if subject is None or self.scores.mode != "actual" or self.scores.voided:
            return
        if self.scores.storm and FIGURES[subject.kind][figure].excluded_in_storms:
            return
        if depends_on is not None and not self.counts_key(depends_on):
            return
        about = self._ordinal(subject, figure) if about is None else about
        key = FactKey(subject.kind, subject.id, figure, str(about))
        known = self.scores.facts.get(key.text)
        if known is None:
            at = due_at or self.at
            cause = depends_on.text if depends_on is not None else ""
            self.scores.facts[key.text] = known = CountedFact(at=at, month="", entries=0, depends_on=cause)
        elif known.counts or known.reversed_for in facts.FINAL_REASONS:
            return
        else:
            known.at = due_at or self.at
        known.reversed_for, known.amount, known.done_at = "", amount, done_at
        self._add_entry(key, known, month_of(known.at, self.district.zone), amount)

    def judge(self, who: Subject | None, deadline: Deadline, about: object, due_at: datetime, *, on_time: bool) -> None:
        """Count one deadline for the subject: as due, and as kept or missed.

        A new judgement of the same deadline replaces the earlier judgement. An exempt deadline stays out of all three
        figures.
        """
        if who is None:
            return
        self.count(who, deadline.due, about, due_at)
        if (due := self._counting_fact(who, deadline.due, about)) is not None:
            figure, opposite = (deadline.kept, deadline.missed) if on_time else (deadline.missed, deadline.kept)
            self.reverse(who, opposite, about, "corrected")
            self.count(who, figure, about, due.at)

    def reverse_judgement(self, who: Subject | None, deadline: Deadline, about: object) -> None:
        """Reverse a missed deadline, because a later event proves that it was not due yet."""
        if who is not None:
            for figure in (deadline.missed, deadline.due):
                self.reverse(who, figure, about, "corrected")

    def counts(self, who: Subject, figure: str, about: object) -> bool:
        """Return True if `about`, a case, task or clock, counts now in this figure of the subject."""
        return self._counting_fact(who, figure, about) is not None

    def counts_key(self, key: FactKey) -> bool:
        """Return True if the counted fact with this key counts now."""
        known = self.scores.facts.get(key.text)
        return known is not None and known.counts

    def _counting_fact(self, who: Subject, figure: str, about: object) -> CountedFact | None:
        known = self.scores.facts.get(FactKey(who.kind, who.id, figure, str(about)).text)
        return known if known is not None and known.counts else None

    def reverse(self, subject: Subject, figure: str, about: object, reason: Reason) -> None:
        """Stop counting `about`, a case, task or clock, in this figure of the subject, and store the reason."""
        self._reverse(FactKey(subject.kind, subject.id, figure, str(about)), reason)

    def reverse_about(self, figures: Collection[str], about: object) -> None:
        """Stop counting one object in these figures, for every subject."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if key.figure in figures and key.about == str(about):
                self._reverse(key, "corrected")

    def reverse_all(self, reason: Reason, except_for: frozenset[tuple[str, str]] = frozenset()) -> None:
        """Stop counting the case in all figures, except in these pairs of kind of subject and figure."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if (key.kind, key.figure) not in except_for:
                self._reverse(key, reason)

    def reverse_figures(self, figures: frozenset[tuple[str, str]], reason: Reason) -> None:
        """Stop counting the case in these pairs of kind of subject and figure."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if (key.kind, key.figure) in figures:
                self._reverse(key, reason)

    def move_to_street(self, code: str) -> None:
        """Count the case for another street.

        Decisions that the former street already made stay with the former street.
        """
        before, self.scores.street = self.street, code
        if self.street == before:
            return
        running = {str(clock_id) for clock_id in self.scores.clocks}
        for text, known in list(self.scores.facts.items()):
            key = FactKey.parse(text)
            decided = key.figure in _DECISION_FIGURES and key.about not in running
            if key[:2] == before and known.counts and not decided:
                self._reverse(key, "corrected")
                self.count(self.street, key.figure, key.about, known.at, known.amount)

    def exempt_in_storm(self) -> None:
        """Exempt lateness of the case, past and future. The case stays marked as overdue."""
        self.scores.storm = True
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if FIGURES[key.kind][key.figure].excluded_in_storms:
                self._reverse(key, "storm")

    def set_standing(self, wanted: Collection[tuple[Subject, str, str]]) -> None:
        """Make exactly these standing figures count: begin the new ones, and end those that are no longer wanted."""
        standing = [text for text, known in self.scores.facts.items() if known.counts and f"/{STANDING_PREFIX}" in text]
        for key in map(FactKey.parse, standing):
            if (Subject(key.kind, key.subject_id), key.figure, key.about) not in wanted:
                known = self.scores.facts[key.text]
                known.reversed_for, known.at = "ended", self.at
                self._add_entry(key, known, month_of(self.at, self.district.zone), -known.amount, "ended")
        for subject, figure, about in wanted:
            self.count(subject, figure, about)

    def exempt(self, subject: Subject, figures: tuple[str, ...]) -> None:
        """Stop counting the case in these figures of the subject, because an appeal was upheld.

        The figures in the `counts_with` of these figures stop counting the case too.
        """
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if (key.kind, key.subject_id) == subject and key.figure in figures:
                self._exempt(key)

    def _exempt(self, key: FactKey) -> None:
        """Exempt a counted fact, and the same object in the figures of its `counts_with`, if the fact counts now."""
        known = self.scores.facts.get(key.text)
        if known is not None and known.counts:
            self._reverse(key, "exempt")
            for partner in FIGURES[key.kind][key.figure].counts_with:
                self._exempt(key._replace(figure=partner))

    def await_first_contact(self) -> None:
        """Set the deadline of the first contact at the first lead dispatch, if the reporter can be contacted."""
        scores = self.scores
        if scores.reachable and scores.contact_due_at is None and not scores.contact_counted:
            limit = self.district.settings.stage_limits.first_contact
            scores.contact_due_at, scores.contact_provisional = compute_deadline(self.at, limit, self.district.calendar)

    def move_first_contact(self, due_at: datetime, *, provisional: bool) -> None:
        """Set a new deadline for the first contact after the calendar was announced."""
        scores = self.scores
        scores.contact_due_at = due_at
        if not provisional:
            scores.contact_provisional = None

    def judge_first_contact(self, *, reached: bool) -> None:
        """Judge the first contact once, for the street and for the lead unit.

        The lead unit is the one that led at the contact or at the deadline, whichever came first.
        """
        scores, due_at = self.scores, self.scores.contact_due_at
        if due_at is None or scores.contact_counted:
            return
        scores.contact_counted, scores.contact_provisional = True, None
        for who in (self.unit_of_dispatch(scores.lead_at(min(self.at, due_at))), self.street):
            self.judge(who, CONTACT, self.case_id, due_at, on_time=reached and self.at <= due_at)

    def account_of(self, who: Actor) -> str:
        """Return the account of the actor if the actor is a person of the centre; empty for all other actors."""
        by_hand = who.kind == "account" and who.unit_id is None and who.officer_id is None
        return who.id if by_hand else ""

    def _reverse(self, key: FactKey, reason: Reason) -> None:
        known = self.scores.facts.get(key.text)
        if known is not None and known.counts:
            known.reversed_for = reason
            self._add_entry(key, known, known.month, -known.amount, reason)
            for text in [text for text, each in self.scores.facts.items() if each.depends_on == key.text]:
                self._reverse(FactKey.parse(text), reason)

    def _add_entry(self, key: FactKey, fact: CountedFact, month: str, value: int, reason: Reason = "") -> None:
        fact.month = entry_month(month, self.at, self.district)
        fact.entries += 1
        self.scores.entries.append(
            ScoreEntry(
                fact_id=key.id(self.case_id),
                number=fact.entries,
                key=key,
                at=fact.at,
                month=fact.month,
                value=value,
                reason=reason,
                late=fact.month != month_of(fact.at, self.district.zone),
                done_at=fact.done_at,
            )
        )

    def _ordinal(self, subject: Subject, figure: str) -> int:
        prefix = f"{subject.kind}/{subject.id}/{figure}/"
        return sum(1 for text in self.scores.facts if text.startswith(prefix)) + 1
