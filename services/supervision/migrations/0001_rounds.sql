-- The roster: patrols (not events of a case, see ADR 0012), handover sheets, digests.

-- Visits due: one row per turn and duty point, written when the turn begins.
CREATE TABLE patrol_duty (
    shift_id    text NOT NULL,
    starts_at   timestamptz NOT NULL,
    point_id    text NOT NULL,
    ends_at     timestamptz NOT NULL,
    officer_id  text NOT NULL,                        -- the holder of the turn or a stand-in
    grid_code   text NOT NULL,
    due         int NOT NULL CHECK (due > 0),         -- visits
    month       text NOT NULL,                        -- yyyy-mm of its beginning in the district's time zone
    PRIMARY KEY (shift_id, starts_at, point_id)
);
CREATE INDEX patrol_duty_score ON patrol_duty (month, officer_id);
CREATE INDEX patrol_duty_day ON patrol_duty (starts_at);

-- Until when due visits, handover sheets and digests have been written.
CREATE TABLE roster_progress (
    what  text PRIMARY KEY,
    until timestamptz NOT NULL
);

-- Outages longer than terminals keep check-ins: nothing was observed then.
CREATE TABLE outage (
    since timestamptz PRIMARY KEY,                    -- last round of the worker before
    until timestamptz NOT NULL CHECK (until > since)  -- first round after
);

-- Visits. The key derives from officer, point and instant, so that a visit handed in twice is stored once.
CREATE TABLE check_in (
    id          uuid PRIMARY KEY,
    shift_id    text NOT NULL,
    starts_at   timestamptz NOT NULL,                 -- of the turn
    point_id    text NOT NULL,
    number      int NOT NULL,                         -- of this point in this turn
    officer_id  text NOT NULL,
    at          timestamptz NOT NULL,                 -- when the officer was there, as the terminal says
    received_at timestamptz NOT NULL,
    account     text NOT NULL,                        -- who was signed in
    distance_m  double precision NOT NULL,
    longitude   double precision,                     -- degrees, CGCS2000; erased after the district's retention
    latitude    double precision,
    accuracy_m  double precision,
    UNIQUE (shift_id, starts_at, point_id, number)
);
CREATE INDEX check_in_officer ON check_in (officer_id, at, id);
CREATE INDEX check_in_position ON check_in (at) WHERE longitude IS NOT NULL;

-- A visit is never changed or deleted; only its position may be erased.
CREATE FUNCTION check_in_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.longitude IS NULL AND NEW.latitude IS NULL AND NEW.accuracy_m IS NULL
       AND to_jsonb(NEW) - '{longitude,latitude,accuracy_m}'::text[] = to_jsonb(OLD) - '{longitude,latitude,accuracy_m}'::text[]
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a check-in cannot be changed';
END $$;
CREATE TRIGGER check_in_stands BEFORE UPDATE OR DELETE ON check_in FOR EACH ROW EXECUTE FUNCTION check_in_stands();

-- Visits due and made, as scorecards count them: at most the number due.
CREATE VIEW patrol_figure AS
    SELECT officer_id, month, grid_code, shift_id, starts_at, ends_at, point_id, due, least(due, (
        SELECT count(*) FROM check_in
        WHERE check_in.shift_id = patrol_duty.shift_id AND check_in.starts_at = patrol_duty.starts_at
          AND check_in.point_id = patrol_duty.point_id
    ))::int AS visited
    FROM patrol_duty;

-- Index of cases by place and time. Derived from the state of the case.
CREATE TABLE case_index (
    case_id      uuid PRIMARY KEY,
    case_number  text NOT NULL,
    grid_code    text NOT NULL,                       -- empty: not known yet
    category_id  text,                                -- null: not filed, or confidential
    longitude    double precision,                    -- degrees, CGCS2000
    latitude     double precision,
    registered_at timestamptz NOT NULL,
    filed_at     timestamptz,
    open         boolean NOT NULL,
    ended_at     timestamptz,
    was_overdue  boolean NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX case_index_open ON case_index (grid_code text_pattern_ops) WHERE open;
CREATE INDEX case_index_filed ON case_index (grid_code text_pattern_ops, filed_at) WHERE filed_at IS NOT NULL;

-- Handover sheets 交接班单: open cases at a change of shifts, and who signed.
CREATE TABLE shift_handover (
    id            uuid PRIMARY KEY,                   -- derives from centre and instant
    centre_id     text NOT NULL,
    changes_at    timestamptz NOT NULL,
    written_at    timestamptz NOT NULL,
    sheet         jsonb NOT NULL,
    outgoing_by   text,                               -- account
    outgoing_name text NOT NULL DEFAULT '',           -- name of the account at that time
    outgoing_at   timestamptz,
    outgoing_note text NOT NULL DEFAULT '',
    incoming_by   text CHECK (incoming_by <> outgoing_by),
    incoming_name text NOT NULL DEFAULT '',
    incoming_at   timestamptz,
    incoming_note text NOT NULL DEFAULT '',
    UNIQUE (centre_id, changes_at)
);

-- Digests: the weekly review 周回顾 and the monthly analysis 月分析 of a community, and who confirmed it.
CREATE TABLE digest (
    id           uuid PRIMARY KEY,                    -- derives from kind, community and period
    kind         text NOT NULL CHECK (kind IN ('week', 'month')),
    community    text NOT NULL,
    begins_on    date NOT NULL,
    written_at   timestamptz NOT NULL,
    digest       jsonb NOT NULL,
    confirmed_by text,                                -- account
    confirmed_name text NOT NULL DEFAULT '',          -- name of the account at that time
    confirmed_at timestamptz,
    note         text NOT NULL DEFAULT '',
    UNIQUE (kind, community, begins_on)
);
