-- Drafts of the responsibility list. `body` is the whole draft (services/registry/domain/list_draft.py); what is published of
-- it is a release like any other. Never deleted: who wanted what, and who approved it, stays to be read.

CREATE TABLE list_draft (
    id       uuid PRIMARY KEY,
    state    text NOT NULL,                           -- open, submitted, published, discarded
    version  integer NOT NULL,
    moved_at timestamptz NOT NULL,                    -- when its last step was taken, on the domain clock
    body     jsonb NOT NULL
);
CREATE INDEX list_draft_moved ON list_draft (moved_at DESC, id);
