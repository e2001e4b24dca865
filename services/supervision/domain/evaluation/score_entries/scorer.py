"""The scorer of one case's books, while one event is entered: counts, strikes, exempts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.common import Actor
from contracts.figures import CONTACT, DECISION, FIGURES, FILING, STANDING, Deadline
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
    """Enters one event into the books of its case."""

    scores: CaseScores
    case_id: UUID
    at: datetime
    """When the event was stated."""
    district: RegistrySnapshot

    @property
    def street(self) -> Subject:
        """The street that the case counts for; without a place the district's own code."""
        return facts.street(self.scores.street or self.district.settings.id)

    def street_of_decision(self, clock: ScoredClock) -> Subject:
        """The street whose centre decides; when the county was called, that counts for the county and none of its streets."""
        return self.street_of_centre(clock.centre_id)

    def street_of_centre(self, centre_id: str | None) -> Subject:
        """What the centre that is named does counts for its street, the county's for the county; else for the case's own."""
        centre = self.district.centres.get(centre_id or "")
        return facts.street(min(centre.areas, key=len)[:9]) if centre is not None and centre.areas else self.street

    def unit(self, unit_id: str | None, dispatch_id: UUID | None) -> Subject | None:
        """The unit whose order it is about. Nobody for a hand-over: emergency services are not scored by us."""
        order = self.scores.dispatches.get(dispatch_id) if dispatch_id is not None else None
        return None if unit_id is None or (order is not None and order.handover) else facts.unit(unit_id)

    @property
    def lead_unit(self) -> Subject | None:
        """The unit that leads; nobody while none does, nor when it was handed over."""
        return self.unit_of_dispatch(self.scores.lead)

    def unit_of_dispatch(self, order: ScoredDispatch | None) -> Subject | None:
        """The unit of an order; nobody without one, nor of a hand-over."""
        return None if order is None or order.handover else facts.unit(order.unit_id)

    def count(
        self, subject: Subject | None, figure: str, about: object = None, due_at: datetime | None = None,
        amount: int = 1, depends_on: FactKey | None = None, done_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """`amount` more of `figure` for the subject; `due_at` for figures that belong to the month of their deadline, `done_at`
        for what was done before it was handed in.

        The same fact stated again counts once. Without `about` each statement is a fact of its own. Exercises and voided
        cases never count, in a storm nothing that is about being in time; a fact that an appeal has exempted stays so. What
        came of another fact alone counts only while that does.
        """
        if subject is None or self.scores.mode != "actual" or self.scores.voided:
            return
        if self.scores.storm and FIGURES[subject.kind][figure].spared_in_storms:
            return
        if depends_on is not None and not self.counts_key(depends_on):
            return
        about = self._ordinal(subject, figure) if about is None else about
        key = FactKey(subject.kind, subject.id, figure, str(about))
        known = self.scores.facts.get(key.text)
        if known is None:
            at = due_at or self.at
            came = depends_on.text if depends_on is not None else ""
            self.scores.facts[key.text] = known = CountedFact(at=at, month="", entries=0, depends_on=came)
        elif known.counts or known.reversed_for in facts.FINAL_REASONS:
            return
        else:
            known.at = due_at or self.at
        known.reversed_for, known.amount, known.done_at = "", amount, done_at
        self._add_entry(key, known, month_of(known.at, self.district.zone), amount)

    def judge(self, who: Subject | None, deadline: Deadline, about: object, due_at: datetime, *, on_time: bool) -> None:
        """One deadline of the subject: due, and kept or missed, never both. The last word holds: a later fact may prove
        that it was kept. What is exempt as due is exempt as kept and as missed.
        """
        if who is None:
            return
        self.count(who, deadline.due, about, due_at)
        if (due := self._counting_fact(who, deadline.due, about)) is not None:
            held, fell = (deadline.kept, deadline.missed) if on_time else (deadline.missed, deadline.kept)
            self.reverse(who, fell, about, "corrected")
            self.count(who, held, about, due.at)

    def reverse_judgement(self, who: Subject | None, deadline: Deadline, about: object) -> None:
        """It did not run over after all, and is not due yet: a later fact says so."""
        if who is not None:
            for figure in (deadline.missed, deadline.due):
                self.reverse(who, figure, about, "corrected")

    def counts(self, who: Subject, figure: str, about: object) -> bool:
        """Whether this fact counts now."""
        return self._counting_fact(who, figure, about) is not None

    def counts_key(self, key: FactKey) -> bool:
        """The same, by its key."""
        known = self.scores.facts.get(key.text)
        return known is not None and known.counts

    def _counting_fact(self, who: Subject, figure: str, about: object) -> CountedFact | None:
        known = self.scores.facts.get(FactKey(who.kind, who.id, figure, str(about)).text)
        return known if known is not None and known.counts else None

    def reverse(self, subject: Subject, figure: str, about: object, reason: Reason) -> None:
        """A fact does not count any more."""
        self._reverse(FactKey(subject.kind, subject.id, figure, str(about)), reason)

    def reverse_about(self, figures: Collection[str], about: object) -> None:
        """A later fact about the same stands in their place, whoever's they are."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if key.figure in figures and key.about == str(about):
                self._reverse(key, "corrected")

    def reverse_all(self, reason: Reason, but: frozenset[tuple[str, str]] = frozenset()) -> None:
        """Nothing of this case counts, `but` for these `(kind, figure)`."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if (key.kind, key.figure) not in but:
                self._reverse(key, reason)

    def reverse_figures(self, figures: frozenset[tuple[str, str]], reason: Reason) -> None:
        """None of these `(kind, figure)` counts of this case any more, whoever's it is."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if (key.kind, key.figure) in figures:
                self._reverse(key, reason)

    def move_to_street(self, code: str) -> None:
        """The case lies in another street than was thought, or nobody had known where: it counts there. What the street
        before had decided, in time or not, stays its own.
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
        """From now on nobody is counted as late here, nor as in time; that it ran over stays known."""
        self.scores.storm = True
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if FIGURES[key.kind][key.figure].spared_in_storms:
                self._reverse(key, "storm")

    def set_standing(self, wanted: Collection[tuple[Subject, str, str]]) -> None:
        """What there is now of standing figures, and nothing else: what began counts from now on, what is over until now."""
        standing = [text for text, known in self.scores.facts.items() if known.counts and f"/{STANDING}" in text]
        for key in map(FactKey.parse, standing):
            if (Subject(key.kind, key.subject_id), key.figure, key.about) not in wanted:
                known = self.scores.facts[key.text]
                known.reversed_for, known.at = "over", self.at
                self._add_entry(key, known, month_of(self.at, self.district.zone), -known.amount, "over")
        for subject, figure, about in wanted:
            self.count(subject, figure, about)

    def exempt(self, subject: Subject, figures: tuple[str, ...]) -> None:
        """An upheld appeal: these figures of the case, and what counts with them, leave the counts and are kept as exempt."""
        for text in list(self.scores.facts):
            key = FactKey.parse(text)
            if (key.kind, key.subject_id) == subject and key.figure in figures:
                self._exempt(key)

    def _exempt(self, key: FactKey) -> None:
        """Partners are followed from what was counted only: an emergency made safe has nothing to do with a late order."""
        known = self.scores.facts.get(key.text)
        if known is not None and known.counts:
            self._reverse(key, "exempt")
            for partner in FIGURES[key.kind][key.figure].counts_with:
                self._exempt(key._replace(figure=partner))

    def await_first_contact(self) -> None:
        """From the first order to a lead on, somebody has so long to speak with whoever reported it."""
        scores = self.scores
        if scores.reachable and scores.contact_due_at is None and not scores.contact_counted:
            limit = self.district.settings.stage_limits.first_contact
            scores.contact_due_at, scores.contact_provisional = compute_deadline(self.at, limit, self.district.calendar)

    def move_first_contact(self, due_at: datetime, *, provisional: bool) -> None:
        """The calendar of its year was announced: that instant counts, unless it is judged already."""
        scores = self.scores
        scores.contact_due_at = due_at
        if not provisional:
            scores.contact_provisional = None

    def judge_first_contact(self, *, reached: bool) -> None:
        """Judged once, when the reporter was reached or it is closed without that: for the street, and for the unit that led
        then, or had led when the time was over. Who leads since has nothing to answer for.
        """
        scores, due_at = self.scores, self.scores.contact_due_at
        if due_at is None or scores.contact_counted:
            return
        scores.contact_counted, scores.contact_provisional = True, None
        for who in (self.unit_of_dispatch(scores.lead_at(min(self.at, due_at))), self.street):
            self.judge(who, CONTACT, self.case_id, due_at, on_time=reached and self.at <= due_at)

    def account_of(self, who: Actor) -> str:
        """The account of a person of the centre who did something by hand; empty for the system, units and officers."""
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
                fact_id=key.id(self.case_id), number=fact.entries, key=key, at=fact.at, month=fact.month,
                value=value, reason=reason, late=fact.month != month_of(fact.at, self.district.zone), done_at=fact.done_at,
            )
        )  # fmt: skip

    def _ordinal(self, subject: Subject, figure: str) -> int:
        prefix = f"{subject.kind}/{subject.id}/{figure}/"
        return sum(1 for text in self.scores.facts if text.startswith(prefix)) + 1
