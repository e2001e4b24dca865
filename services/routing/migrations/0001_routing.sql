-- What routing lists: decisions with the question they answer, and the cases that wait for a person.

-- One row per decision, or per question put to a person; never changed. `question` is everything that the list was asked
-- besides its release, so that anybody can ask again and must get the same answer.
CREATE TABLE decision (
    case_id     uuid NOT NULL,
    sequence    integer NOT NULL,                     -- routing's version of the case
    at          timestamptz NOT NULL,
    finding     text,                                 -- gap: the list had no answer, a person had; unfilled: nor had
                                                      -- a person yet; proposal: a survey named the lead
    question    jsonb NOT NULL,
    by_list     boolean NOT NULL,                     -- the list was asked; else a person decided, or nobody had to: an
                                                      -- order given again, a question put again or to another centre
    body        jsonb NOT NULL,                       -- the event's
    kind        text NOT NULL,                        -- its type
    PRIMARY KEY (case_id, sequence)
);
ALTER TABLE decision ALTER COLUMN question SET STATISTICS 0, ALTER COLUMN body SET STATISTICS 0;  -- no query searches in them
CREATE INDEX decision_first ON decision (at, case_id) WHERE sequence = 1;
CREATE INDEX decision_finding ON decision (at, case_id, sequence) WHERE finding IS NOT NULL;

-- One row per case that waits for a person. Follows the state of its case; the state is the truth.
CREATE TABLE queue (
    case_id     uuid PRIMARY KEY,
    centre_id   text NOT NULL,                        -- whose dispatchers decide
    team_id     text,                                 -- the joint team that meets on site
    due_at      timestamptz NOT NULL,
    mode        text NOT NULL                         -- of the case: actual; exercises and tests wait among themselves
);
CREATE INDEX queue_due ON queue (centre_id, due_at, case_id);
