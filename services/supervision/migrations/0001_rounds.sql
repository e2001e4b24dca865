-- Rounds of officers: what was due, and the check-ins that say it was done. Not events of a case: see ADR 0012.

-- What was due: one row per turn of a shift and duty point, written when the turn begins, as the roster then is.
CREATE TABLE patrol_duty (
    shift_id    text NOT NULL,
    starts_at   timestamptz NOT NULL,
    point_id    text NOT NULL,
    ends_at     timestamptz NOT NULL,
    officer_id  text NOT NULL,                        -- who has the turn: the holder or a stand-in
    grid_code   text NOT NULL,
    due         int NOT NULL CHECK (due > 0),         -- visits
    month       text NOT NULL,                        -- yyyy-mm of its beginning in the district's time zone
    PRIMARY KEY (shift_id, starts_at, point_id)
);
CREATE INDEX patrol_duty_score ON patrol_duty (month, officer_id);
CREATE INDEX patrol_duty_day ON patrol_duty (starts_at);

-- Until when turns have been written down.
CREATE TABLE patrol_written (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    until     timestamptz NOT NULL
);

-- Visits: the key derives from officer, point and instant, so that a visit handed in twice is one.
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

-- A visit stands as it was made; only its position may go.
CREATE FUNCTION check_in_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.longitude IS NULL AND NEW.latitude IS NULL AND NEW.accuracy_m IS NULL
       AND to_jsonb(NEW) - '{longitude,latitude,accuracy_m}'::text[] = to_jsonb(OLD) - '{longitude,latitude,accuracy_m}'::text[]
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a check-in stands as it was made';
END $$;
CREATE TRIGGER check_in_stands BEFORE UPDATE OR DELETE ON check_in FOR EACH ROW EXECUTE FUNCTION check_in_stands();

-- Visits due and made, as scorecards count them: more visits than were due count as due.
CREATE VIEW patrol_figure AS
    SELECT officer_id, month, grid_code, starts_at, due, least(due, (
        SELECT count(*) FROM check_in
        WHERE check_in.shift_id = patrol_duty.shift_id AND check_in.starts_at = patrol_duty.starts_at
          AND check_in.point_id = patrol_duty.point_id
    ))::int AS visited
    FROM patrol_duty;
