-- Recorded decisions of routing, and the cases that wait for a person.

-- One row per decision, or per question to a person; never changed. `question` is everything that the answer depends on
-- besides the release of the list, so that the answer can be repeated.
CREATE TABLE decision (
    case_id     uuid NOT NULL,
    sequence    integer NOT NULL,                     -- routing's version of the case
    at          timestamptz NOT NULL,
    finding     text,                                 -- gap: a person decided without an entry; unfilled: a person has
                                                      -- not decided yet; proposal: a survey chose the lead
    question    jsonb NOT NULL,
    by_list     boolean NOT NULL,                     -- whether the list alone answered; false for decisions of a person,
                                                      -- restored dispatches and repeated questions
    body        jsonb NOT NULL,                       -- body of the event
    kind        text NOT NULL,                        -- type of the event
    PRIMARY KEY (case_id, sequence)
);
ALTER TABLE decision ALTER COLUMN question SET STATISTICS 0, ALTER COLUMN body SET STATISTICS 0;  -- no query searches in them
CREATE INDEX decision_first ON decision (at, case_id) WHERE sequence = 1;
CREATE INDEX decision_finding ON decision (at, case_id, sequence) WHERE finding IS NOT NULL;

-- One row per case that waits for a person. Derived from the state of the case.
CREATE TABLE queue (
    case_id     uuid PRIMARY KEY,
    centre_id   text NOT NULL,                        -- centre whose dispatchers decide
    team_id     text,                                 -- the joint team that meets on site
    due_at      timestamptz NOT NULL,
    mode        text NOT NULL                         -- mode of the case
);
CREATE INDEX queue_due ON queue (centre_id, due_at, case_id);
