-- Tables of tracking. Everything but `board` and `board_change` is derived from the events alone.

-- The frequency of filter values differs by a factor of a thousand: plan each query for its values.
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET plan_cache_mode = force_custom_plan', current_database());
END $$;

-- All events of all cases: for the timeline, and to fold a case again when an event comes late.
CREATE TABLE event (
    case_id  uuid NOT NULL,
    position integer NOT NULL,                        -- fold order: number of case events that the source had applied or stated
    source   text NOT NULL,
    sequence integer NOT NULL,
    type     text NOT NULL,
    time     timestamptz NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (case_id, position, source)
);
ALTER TABLE event ALTER COLUMN body SET STATISTICS 0;  -- no query searches in it

-- One narrow row per case, to list and filter by. The summary itself is `aggregate.state`.
CREATE TABLE record (
    case_id     uuid PRIMARY KEY,
    case_number text NOT NULL,
    reported_at timestamptz NOT NULL,
    open        boolean NOT NULL,                     -- on the board
    status      text NOT NULL,
    light       text NOT NULL,
    area        text COLLATE "C" NOT NULL,            -- grid code, else community code, else empty
    community   text NOT NULL,
    category_id text NOT NULL,
    channel     text NOT NULL,
    mode        text NOT NULL,                        -- exercises and tests are listed separately
    closed_at   timestamptz
);
CREATE INDEX record_number ON record (case_number);
CREATE INDEX record_newest ON record (reported_at, case_id);
CREATE INDEX record_open ON record (reported_at, case_id) WHERE open;
CREATE INDEX record_ended ON record (status, reported_at, case_id) WHERE NOT open;
CREATE INDEX record_area ON record (area, reported_at, case_id);
CREATE INDEX record_community ON record (community, reported_at, case_id);
CREATE INDEX record_category ON record (category_id, reported_at, case_id);
CREATE INDEX record_channel ON record (channel, reported_at, case_id);
CREATE INDEX record_closed ON record (closed_at) WHERE closed_at IS NOT NULL;

-- Participants of cases: `unit:…`, `officer:…`, `actor:…`.
CREATE TABLE involved (
    who         text NOT NULL,
    reported_at timestamptz NOT NULL,
    case_id     uuid NOT NULL,
    PRIMARY KEY (who, reported_at, case_id)
);

-- The text a case is found by, and its terms (pairs of Chinese characters, words of other scripts).
-- A table of its own, so that a change of status does not rewrite the terms.
CREATE TABLE search (
    case_id     uuid PRIMARY KEY,
    reported_at timestamptz NOT NULL,
    text        text NOT NULL,
    terms       text[] NOT NULL
);
ALTER TABLE search ALTER terms SET STATISTICS 1000;
CREATE INDEX search_terms ON search USING gin (terms);
CREATE INDEX search_newest ON search (reported_at, case_id);

-- The feed of the board (rule 9): one counter, locked last in each batch, so that sequences commit in order.
CREATE TABLE board (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch text NOT NULL DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 12),
    seq   bigint NOT NULL DEFAULT 0
);
INSERT INTO board DEFAULT VALUES;

CREATE TABLE board_change (
    seq     bigint NOT NULL,
    case_id uuid NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (seq, case_id)
);
