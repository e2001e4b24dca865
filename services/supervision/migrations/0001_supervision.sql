-- Tasks of people, call-backs, score entries and requests for help.

-- One row per task. Derived from the state of the case.
CREATE TABLE task (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL,
    queue       text NOT NULL,                        -- who sees it: officer, desk or one role
    kind        text NOT NULL,
    open        boolean NOT NULL,                     -- neither done nor cancelled
    grid_code   text NOT NULL DEFAULT '',
    officer_id  text,                                 -- field tasks: the assigned officer
    lead_id     text,                                 -- grid lead who was informed because it is late
    claimed_by  text,
    excluded    text[] NOT NULL DEFAULT '{}',         -- officers who took part in the case or passed the task on
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    case_mode   text NOT NULL                         -- actual, exercise or test
);
CREATE INDEX task_open ON task (queue, due_at, id) WHERE open;
CREATE INDEX task_of_officer ON task (officer_id, due_at, id) WHERE open AND officer_id IS NOT NULL;
CREATE INDEX task_unassigned ON task (due_at, id) WHERE open AND queue = 'officer' AND officer_id IS NULL;

-- Reporters that the desk must call back. Derived from the state of the case.
CREATE TABLE call_back (
    case_id   uuid NOT NULL,
    report_id uuid NOT NULL,
    grid_code text NOT NULL,                          -- empty if unknown; for a confidential case its community
    due_at    timestamptz NOT NULL,                   -- when the next call is due
    mode      text NOT NULL,                          -- actual, exercise or test
    PRIMARY KEY (case_id, report_id)
);
CREATE INDEX call_back_due ON call_back (due_at, report_id);

-- Score entries: one row each time a fact begins or ceases to count. Rows are added, never changed: a frozen month
-- keeps its figures, and later changes are entered in the next one.
CREATE TABLE score_entry (
    fact_id     uuid NOT NULL,                        -- derived from the key of the fact, so that it counts once
    number      int NOT NULL,                         -- of the entries of this fact, from 1
    case_id     uuid NOT NULL,
    kind        text NOT NULL,                        -- of the subject: officer, intake_clerk … unit, street
    subject_id  text NOT NULL,
    figure      text NOT NULL,
    at          timestamptz NOT NULL,                 -- time of the event, or the deadline
    month       text NOT NULL,                        -- month whose figures it changes: yyyy-mm in the district's time zone
    value       int NOT NULL CHECK (value <> 0),      -- 1, or minutes of a duration; negative: reversed
    reason      text NOT NULL DEFAULT '',             -- of a reversal: voided, corrected, exempt, storm, ended
    late        boolean NOT NULL DEFAULT false,       -- the fact's own month was frozen: a correction
    done_at     timestamptz,                          -- when the work was done, if it was handed in later
    PRIMARY KEY (fact_id, number)
);
CREATE INDEX score_entry_score ON score_entry (kind, month, subject_id, figure) INCLUDE (value, late);
CREATE INDEX score_entry_case ON score_entry (case_id);
-- Attendance: what officers did in a shift.
CREATE INDEX score_entry_done ON score_entry (subject_id, coalesce(done_at, at))
    WHERE kind = 'officer' AND figure IN ('reported', 'verified', 'rechecked') AND value > 0;
-- Standing figures sum the entries of all months so far.
CREATE INDEX score_entry_pending ON score_entry (kind, month, subject_id, figure) INCLUDE (value) WHERE starts_with(figure, 'pending_');

-- One row per officer who was asked to help 协办. Derived from the state of the request; burden figures are sums of it.
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
