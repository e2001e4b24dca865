-- Drafts of the responsibility list. `body` is the whole draft (services/registry/domain/list_draft.py). An approved draft
-- is published as a release like any other. Drafts are never deleted, so that authors and approvers remain known.

CREATE TABLE list_draft (
    id         uuid PRIMARY KEY,
    state      text NOT NULL,                         -- open, submitted, published, discarded
    version    integer NOT NULL,
    updated_at timestamptz NOT NULL,                  -- time of the last step, on the clock of the cases
    body       jsonb NOT NULL
);
CREATE INDEX list_draft_updated ON list_draft (updated_at DESC, id);
