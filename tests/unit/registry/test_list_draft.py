"""Drafts of the responsibility list: four eyes, a trial, and no overwriting of unseen changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from contracts.list_drafts import EntryChange, ListTrial, changes_sha256
from contracts.registry import Match, Responsibility
from services.chassis.list_trials import TrialSignatureInvalid, sign, verify
from services.chassis.problems import Problem
from services.registry.domain import list_draft, problems
from services.registry.domain.list_draft import Author, Content, ListDraft
from tests.unit.registry import sample_district

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
TODAY, DAY = date(2026, 12, 1), date(2027, 1, 1)
ANN, BEN, SUE = (Author(name, NOW) for name in ("ann", "ben", "sue"))
SECRET = "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5"


def entry(entry_id: str, lead: str, since: date | None = None, until: date | None = None) -> Responsibility:
    match = Match(category="GB47678-5-2026/matter/06027")
    return Responsibility(id=entry_id, match=match, area="370522", lead=lead, valid_from=since, valid_to=until)


def content(*changes: tuple[str, Responsibility | None], day: date | None = None) -> Content:
    return Content(changes=tuple(EntryChange(id=key, body=body) for key, body in changes), effective_on=day)


OLD = entry("gb-1", "water")
MOVED = content(("gb-1", entry("gb-1", "roads")), day=DAY)


def trial(draft_content: Content = MOVED, **changes: object) -> ListTrial:
    tried = list_draft.changes_to_publish(draft_content, {"gb-1": OLD})
    found = ListTrial(
        changes_sha256=changes_sha256(tried),
        list_version=1,
        at=NOW,
        days=30,
        as_if_on=draft_content.effective_on,
        tried=9,
        rerouted=0,
    )
    return found.model_copy(update=changes)


def draft() -> ListDraft:
    return list_draft.create(UUID(int=1), MOVED, 1, ANN)


def submit(of: ListDraft, result: ListTrial | None, by: Author = ANN, today: date = TODAY) -> ListDraft:
    return list_draft.submit(
        of, of.version, result, list_draft.changes_to_publish(of.content, {"gb-1": OLD}), by, today
    )


@pytest.mark.parametrize(
    ("draft_content", "in_force", "published"),
    [
        (MOVED, OLD, [entry("gb-1", "water", until=DAY), entry("gb-1.20270101", "roads", DAY)]),
        (content(("gb-1", None), day=DAY), OLD, [entry("gb-1", "water", until=DAY)]),
        (content(("new", entry("new", "roads")), day=DAY), OLD, [entry("new", "roads", DAY)]),
        (
            content(("gb-1", entry("gb-1", "roads")), day=DAY),
            entry("gb-1", "water", DAY),
            [entry("gb-1", "roads", DAY)],
        ),
        (
            content(("gb-1.20260101", entry("gb-1.20260101", "roads")), day=DAY),
            entry("gb-1.20260101", "water"),
            [entry("gb-1.20260101", "water", until=DAY), entry("gb-1.20270101", "roads", DAY)],
        ),
        (content(("gb-1", None), day=DAY), entry("gb-1", "water", until=TODAY), []),
        (content(("gb-1", entry("gb-1", "roads"))), OLD, [entry("gb-1", "roads")]),
    ],
    ids=["replaced", "removed", "added", "not begun yet", "successor of a successor", "over by then", "at once"],
)
def test_a_dated_change_ends_the_old_entry_and_starts_the_new_one(
    draft_content: Content, in_force: Responsibility, published: list[Responsibility]
) -> None:
    assert [each.body for each in list_draft.changes_to_publish(draft_content, {in_force.id: in_force})] == published


def test_a_dated_change_of_the_sample_list_passes_the_checks_of_an_import() -> None:
    """The old and the new entry have the same category and place, but no common day."""
    from services.registry.domain.proposal import SingleChange, from_changes

    entries = sample_district.lijin().responsibilities
    change = EntryChange(id="gb-06010", body=entries["gb-06010"].model_copy(update={"lead": "urban-management"}))
    draft_content = Content(changes=(change,), effective_on=DAY)
    changes = [
        SingleChange(kind="responsibility", id=each.id, body=each.body.to_body() if each.body else None)
        for each in list_draft.changes_to_publish(draft_content, entries)
    ]
    proposal = from_changes(changes, sample_district.lijin().records)
    assert proposal.findings == []
    assert [(each.change, each.id) for each in proposal.changes] == [
        ("changed", "gb-06010"),
        ("added", "gb-06010.20270101"),
    ]


def test_a_draft_must_be_tried_as_it_stands_before_it_is_submitted() -> None:
    assert submit(draft(), trial()).trial == trial()
    for wrong in (None, trial(as_if_on=None), trial(content(("gb-1", entry("gb-1", "greens")), day=DAY))):
        with pytest.raises(problems.DraftNotTried):
            submit(draft(), wrong)
    again = list_draft.rewrite(draft(), 1, MOVED, 2, BEN)
    assert (again.trial, again.based_on, again.version) == (None, 2, 2)
    with pytest.raises(problems.DraftNotTried):
        submit(again, trial())  # a trial against the previous release
    assert submit(again, trial(list_version=2)).state == "submitted"


def test_a_signed_trial_can_be_verified_and_not_forged() -> None:
    assert verify(sign(trial(), SECRET), SECRET) == trial()
    for wrong in (sign(trial(), SECRET[::-1]), "nonsense", sign(trial(), SECRET)[:-2]):
        with pytest.raises(TrialSignatureInvalid):
            verify(wrong, SECRET)


def test_an_author_or_a_machine_cannot_approve_the_draft() -> None:
    found = submit(list_draft.rewrite(draft(), 1, MOVED, 1, BEN), trial())
    for by in ("ann", "ben", None):
        with pytest.raises(problems.DraftOwnApproval):
            list_draft.guard_approval(found, found.version, by, TODAY)
    list_draft.guard_approval(found, found.version, "sue", TODAY)


def test_a_draft_whose_date_has_passed_needs_another_date() -> None:
    with pytest.raises(problems.DraftDatePassed, match="2027-01-01"):
        submit(draft(), trial(), today=date(2027, 1, 2))
    found = submit(draft(), trial())
    with pytest.raises(problems.DraftDatePassed):
        list_draft.guard_approval(found, found.version, "sue", date(2027, 1, 2))


def test_a_refusal_lists_the_possible_actions() -> None:
    found = submit(draft(), trial())
    with pytest.raises(problems.DraftActionUnavailable) as refused:
        list_draft.rewrite(found, found.version, MOVED, 1, ANN)
    assert refused.value.members["possible"] == ["approve", "send_back", "discard"]
    assert refused.value.text("zh") == "草案现为“待批准”，不能进行此操作。现在可以：批准、退回、作废。"
    back = list_draft.send_back(found, found.version, "缺编办批复", SUE)
    assert (back.state, back.steps[-1].note, back.authors) == ("open", "缺编办批复", {"ann"})
    over = list_draft.discard(back, back.version, "不再需要", ANN)
    with pytest.raises(problems.DraftActionUnavailable, match="create a new draft"):
        submit(over, trial())
    with pytest.raises(problems.DraftChanged):
        list_draft.discard(back, back.version - 1, "", ANN)


def test_a_draft_never_overwrites_a_change_that_its_author_has_not_seen() -> None:
    list_draft.guard_collisions(draft(), {}, 4)
    with pytest.raises(Problem, match=r"gb-1 \(3\).*`based_on`: 4") as refused:
        list_draft.guard_collisions(draft(), {"gb-1": 3}, 4)
    assert refused.value.members["collisions"] == {"gb-1": 3}
