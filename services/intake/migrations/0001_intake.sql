-- What intake must find by something other than the case id. The case itself is the state in `head`.

-- Serials of case numbers, taken by each process in blocks of 50: gaps are allowed, repetition is not.
CREATE SEQUENCE case_serial INCREMENT BY 50;

-- One row per report; its id is that of the case it opened. Derived from the case, written with it.
CREATE TABLE report (
    case_id        uuid PRIMARY KEY,
    case_number    text NOT NULL UNIQUE,
    status         text NOT NULL,
    channel        text NOT NULL,
    mode           text NOT NULL,
    category_id    text,
    component_id   text,
    grid_code      text,
    longitude      double precision,                  -- degrees, CGCS2000
    latitude       double precision,
    accuracy_m     double precision,
    cell           bigint,                            -- of about 100 m: what is near by is in the same or the next
    reported_at    timestamptz NOT NULL,
    registered_at  timestamptz NOT NULL,
    findable_until timestamptz NOT NULL,              -- infinity: may host; a time: its case ended then; -infinity: neither
    ended_at       timestamptz,
    desk           text,                              -- what the desk owes: filing, settlement, verification, compare
    desk_due_at    timestamptz,
    task_id        uuid,                              -- the last verification task
    task_mode      text,                              -- from here on: while it is open
    task_grid      text,
    task_officer   text,
    task_lead      text,                              -- grid lead before whom it was put because it is late
    task_due_at    timestamptz,
    area_id        uuid,                              -- the storm or control area that took it
    call_id        uuid,                              -- the call it was made in
    order_channel  text,                              -- of an order from above that is ours: its number there
    order_number   text
) WITH (fillfactor = 85);
CREATE INDEX report_waiting ON report (registered_at) WHERE status = 'reported';
-- One order of the platform above is one case, however often it is sent; a drill is not the order it rehearses.
CREATE UNIQUE INDEX report_order ON report (mode, order_channel, order_number) WHERE order_number IS NOT NULL;
CREATE INDEX report_near ON report (category_id, cell, findable_until) WHERE cell IS NOT NULL;
CREATE INDEX report_component ON report (component_id, findable_until) WHERE component_id IS NOT NULL;
CREATE INDEX report_desk ON report (desk_due_at, case_id) WHERE desk IS NOT NULL;
CREATE INDEX report_task ON report (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX report_task_open ON report (task_due_at, case_id) WHERE task_mode IS NOT NULL;

-- Storms and control areas. A storm's parent case has its events; a control area is said by this row and by its log alone.
CREATE TABLE area (
    id             uuid PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('storm', 'control')),
    name           text NOT NULL,
    name_en        text NOT NULL,
    category_ids   text[] NOT NULL,
    polygon        jsonb NOT NULL,                    -- a closed ring of [longitude, latitude], CGCS2000
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    note           text NOT NULL,
    answer         text NOT NULL,                     -- of a control area: what whoever reports in it is told
    answer_en      text NOT NULL,
    parent_case_id uuid,                              -- of a storm
    declared_by    jsonb NOT NULL,
    declared_at    timestamptz NOT NULL,
    ended_at       timestamptz,                       -- ended before its time
    CHECK ((kind = 'storm') = (parent_case_id IS NOT NULL))
);
CREATE INDEX area_running ON area (ends_at) WHERE ended_at IS NULL;
CREATE INDEX report_area ON report (area_id) WHERE area_id IS NOT NULL;

-- Everything people said and changed about them. Append-only.
CREATE TABLE area_log (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    area_id uuid NOT NULL,
    what    text NOT NULL CHECK (what IN ('declared', 'replied', 'ended')),
    by      jsonb NOT NULL,
    said    text NOT NULL
);
CREATE INDEX area_log_area ON area_log (area_id, id);
CREATE TRIGGER area_log_append_only BEFORE UPDATE OR DELETE ON area_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX report_call ON report (call_id) WHERE call_id IS NOT NULL;

-- Calls to the hotline, also those that become no case. No number: a keyed hash that expires, to know the caller again by.
CREATE TABLE call (
    id             uuid PRIMARY KEY,
    call_ref       text,                              -- the phone system's own number of it
    channel_number text NOT NULL,
    phone_hash     bytea,
    keep_until     timestamptz,                       -- the hash goes then
    begun_at       timestamptz NOT NULL,
    taken_by       jsonb NOT NULL,
    taken_name     text NOT NULL,                     -- what the account was called then
    result         text,                              -- what came of it; none: nobody has said yet
    note           text NOT NULL DEFAULT '',
    knowledge_id   text,
    about_case     uuid,
    ended_at       timestamptz,
    CHECK ((phone_hash IS NULL) OR (keep_until IS NOT NULL))
);
CREATE INDEX call_begun ON call (begun_at);
CREATE INDEX call_phone ON call (phone_hash) WHERE phone_hash IS NOT NULL;

-- Who reported. The only place where a name or a number is kept, sealed (AES-256-GCM, bound to the case).
CREATE TABLE reporter (
    case_id          uuid PRIMARY KEY,
    reporter_ref     uuid NOT NULL,
    key_id           text NOT NULL,
    sealed           bytea,                           -- {name, phone}; null when only a query code was given
    contact_consent  boolean NOT NULL DEFAULT false,
    phone_hash       bytea,                           -- keyed; for the caller's older cases, until it expires
    keep_until       timestamptz NOT NULL,            -- the hash goes then; the rest as soon as the case has ended, too
    code_hash        bytea                            -- keyed; of the query code given to somebody without a phone
);
CREATE INDEX reporter_phone ON reporter (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX reporter_expiry ON reporter (keep_until);

-- Text, photos and exact place of confidential cases: for the competent unit only.
CREATE TABLE confidential_text (
    case_id  uuid PRIMARY KEY,
    key_id   text NOT NULL,
    sealed   bytea NOT NULL,
    erase_at timestamptz                              -- set when the case ends
);
CREATE INDEX confidential_erase ON confidential_text (erase_at) WHERE erase_at IS NOT NULL;

-- Which cases own a photo: who may look at it follows from them. Also evidence of units and rechecks, once intake has heard.
CREATE TABLE photo_of (
    name    text NOT NULL,                            -- what the case calls it: its sha256, or that of the bytes sent
    case_id uuid NOT NULL,
    sha256  text NOT NULL,                            -- of the bytes that are kept and served
    PRIMARY KEY (name, case_id)
);
CREATE INDEX photo_of_sha256 ON photo_of (sha256);
CREATE INDEX photo_of_case ON photo_of (case_id);

-- Who uploaded a photo: who has not, cannot name it. Forgotten after a while; the photo goes with it when no case owns it.
CREATE TABLE photo_upload (
    uploaded_by     text NOT NULL,                    -- kind:id of the account or key; report:id; claim:hash
    uploaded_sha256 text NOT NULL,                    -- of the bytes that were sent
    sha256          text NOT NULL,                    -- of the bytes that are served
    uploaded_at     timestamptz NOT NULL DEFAULT now(), -- last, real time: a demo's leap takes nothing that is just being named
    named           boolean NOT NULL DEFAULT false,   -- a case has it from this upload
    PRIMARY KEY (uploaded_by, uploaded_sha256)
);
CREATE INDEX photo_upload_old ON photo_upload (uploaded_at);
CREATE INDEX photo_upload_sha256 ON photo_upload (sha256);
CREATE INDEX photo_upload_sent ON photo_upload (uploaded_sha256);

-- Photos whose last case was confidential and is erased, or that none ever named: their files go, and then this row.
CREATE TABLE photo_gone (
    sha256 text PRIMARY KEY
);

-- Every reading of a person's data: who, whose, why. Append-only.
CREATE TABLE reveal (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    what        text NOT NULL CHECK (what IN (
                    'reporter', 'phone_lookup', 'confidential_text', 'confidential_photo', 'confidential_place')),
    case_id     uuid,
    caller_kind text NOT NULL,
    caller_id   text NOT NULL,
    unit_id     text,
    reason      text NOT NULL,
    once        boolean NOT NULL DEFAULT false,       -- a unit is told a number once: 联系群众
    call        text                                  -- whoever calls back is told it once for each call: 回访
);
CREATE INDEX reveal_case ON reveal (case_id);
CREATE UNIQUE INDEX reveal_once ON reveal (case_id, unit_id) WHERE once;
CREATE UNIQUE INDEX reveal_call ON reveal (case_id, call) WHERE call IS NOT NULL;
CREATE TRIGGER reveal_append_only BEFORE UPDATE OR DELETE ON reveal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
