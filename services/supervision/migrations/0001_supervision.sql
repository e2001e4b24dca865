-- What supervision lists: tasks of people, facts that scorecards count, and provisional deadlines.

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
    created_at  timestamptz NOT NULL
);
CREATE INDEX task_open ON task (queue, due_at, id) WHERE open;
CREATE INDEX task_of_officer ON task (officer_id, due_at, id) WHERE open AND officer_id IS NOT NULL;
CREATE INDEX task_unassigned ON task (due_at) WHERE open AND queue = 'officer' AND officer_id IS NULL;

-- One row per fact. The key derives from what the fact is about, so that stating it again adds nothing.
CREATE TABLE fact (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL,
    kind        text NOT NULL,                        -- of the subject: unit, officer
    subject_id  text NOT NULL,
    figure      text NOT NULL,
    at          timestamptz NOT NULL,
    month       text NOT NULL,                        -- yyyy-mm in the district's time zone
    struck      text                                  -- why it does not count; none: it counts
);
CREATE INDEX fact_scorecard ON fact (kind, month, subject_id, figure) WHERE struck IS NULL;
CREATE INDEX fact_case ON fact (case_id);

-- Cases with a deadline that moves when the holidays of its year are announced.
CREATE TABLE provisional (
    case_id uuid PRIMARY KEY
);

-- The calendar that provisional deadlines were last laid off on.
CREATE TABLE calendar_applied (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    calendar    text NOT NULL
);
