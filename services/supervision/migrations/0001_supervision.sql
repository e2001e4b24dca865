-- What supervision lists: tasks of people, and what scorecards count.

-- One row per task of a person. Follows the state of its case; the state is the truth.
CREATE TABLE task (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL,
    queue       text NOT NULL,                        -- who sees it: officer, desk, or one role
    kind        text NOT NULL,
    open        boolean NOT NULL,                     -- nobody has finished it, and it did not fall away
    grid_code   text NOT NULL DEFAULT '',
    officer_id  text,                                 -- field tasks: whom it was given to
    lead_id     text,                                 -- grid lead before whom it was put because it is late
    claimed_by  text,
    excluded    text[] NOT NULL DEFAULT '{}',         -- officers who had a part in the handling, or passed it on
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    case_mode   text NOT NULL                         -- actual; exercises and tests are done among themselves
);
CREATE INDEX task_open ON task (queue, due_at, id) WHERE open;
CREATE INDEX task_of_officer ON task (officer_id, due_at, id) WHERE open AND officer_id IS NOT NULL;
CREATE INDEX task_unassigned ON task (due_at, id) WHERE open AND queue = 'officer' AND officer_id IS NULL;

-- Reporters who wait to be asked whether it is solved. Follows the state of the case; the state is the truth.
CREATE TABLE call_back (
    case_id   uuid NOT NULL,
    report_id uuid NOT NULL,
    grid_code text NOT NULL,                          -- empty: not known; of a confidential case its community
    due_at    timestamptz NOT NULL,                   -- when the next call is due
    mode      text NOT NULL,                          -- actual; calls of an exercise are never listed among real ones
    PRIMARY KEY (case_id, report_id)
);
CREATE INDEX call_back_due ON call_back (due_at, report_id);

-- The books: one row each time that a fact begins or ceases to count. Rows are added, never changed: a month that is
-- frozen keeps its figures, and what comes later is booked in the next one.
CREATE TABLE score_entry (
    fact_id     uuid NOT NULL,                        -- derives from what the fact is about, so that none counts twice
    number      int NOT NULL,                         -- of this fact's bookings, from 1
    case_id     uuid NOT NULL,
    kind        text NOT NULL,                        -- of the subject: officer, intake_clerk … unit, street
    subject_id  text NOT NULL,
    figure      text NOT NULL,
    at          timestamptz NOT NULL,                 -- of the event, or of the due time
    month       text NOT NULL,                        -- whose figures it changes: yyyy-mm in the district's time zone
    value       int NOT NULL CHECK (value <> 0),      -- 1, or minutes of a duration; negative: taken back
    reason      text NOT NULL DEFAULT '',             -- of what is taken back: voided, corrected, exempt, storm, over
    late        boolean NOT NULL DEFAULT false,       -- the fact's own month was frozen: a correction
    done_at     timestamptz,                          -- of what was handed in later, when it was done
    PRIMARY KEY (fact_id, number)
);
CREATE INDEX score_entry_score ON score_entry (kind, month, subject_id, figure) INCLUDE (value, late);
CREATE INDEX score_entry_case ON score_entry (case_id);
-- What officers did in a shift shows that they attended it.
CREATE INDEX score_entry_done ON score_entry (subject_id, coalesce(done_at, at))
    WHERE kind = 'officer' AND figure IN ('reported', 'verified', 'rechecked') AND value > 0;
-- Standing figures are summed over all months until then.
CREATE INDEX score_entry_pending ON score_entry (kind, month, subject_id, figure) INCLUDE (value) WHERE starts_with(figure, 'pending_');

-- One row for each officer who was asked to help 协办. Follows the state of its request; the burden figures are summed from here.
CREATE TABLE assist (
    request_id   uuid NOT NULL,
    officer_id   text NOT NULL,
    unit_id      text NOT NULL,                       -- the department that asked
    admission_id text NOT NULL,                       -- the item of the admission list
    community    text NOT NULL,
    status       text NOT NULL,                       -- open, accepted, done, refused, withdrawn, lapsed
    hours        double precision NOT NULL,           -- asked while open or accepted, spent once done
    asked_at     timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    month        text NOT NULL,                       -- yyyy-mm of the due instant, in the district's time zone
    PRIMARY KEY (request_id, officer_id)
);
CREATE INDEX assist_burden ON assist (month, unit_id, community);
CREATE INDEX assist_granted ON assist (admission_id, month, officer_id);
CREATE INDEX assist_due ON assist (due_at, request_id);
