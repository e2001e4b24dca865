-- Tables to find cases of intake by something other than their id. The state of a case itself is in its aggregate.

-- Serials of case numbers. Each process takes blocks of 50. Gaps are allowed, repetition is not.
CREATE SEQUENCE case_serial INCREMENT BY 50;

-- One row per report, with the id of its case. Derived from the case and written in its transaction.
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
    cell           bigint,                            -- square of about 100 m, to find reports near by
    reported_at    timestamptz NOT NULL,
    registered_at  timestamptz NOT NULL,
    findable_until timestamptz NOT NULL,              -- infinity: can be a host; a time: its case ended then; -infinity: never compared
    ended_at       timestamptz,
    desk           text,                              -- work that waits for the desk: filing, settlement, verification, compare
    desk_due_at    timestamptz,
    task_id        uuid,                              -- the last verification task
    task_mode      text,                              -- this and the next columns: only while the task is open
    task_grid      text,
    task_officer   text,
    task_lead      text,                              -- grid lead to whom the late task was escalated
    task_due_at    timestamptz,
    area_id        uuid,                              -- the storm or control area that took the report
    call_id        uuid,                              -- the call in which it was reported
    order_channel  text,                              -- channel and number of an order of the upstream platform
    order_number   text
) WITH (fillfactor = 85);
CREATE INDEX report_waiting ON report (registered_at) WHERE status = 'reported';
-- An order of the upstream platform has one case, however often it is sent. An exercise never counts as the real order.
CREATE UNIQUE INDEX report_order ON report (mode, order_channel, order_number) WHERE order_number IS NOT NULL;
CREATE INDEX report_near ON report (category_id, cell, findable_until) WHERE cell IS NOT NULL;
CREATE INDEX report_component ON report (component_id, findable_until) WHERE component_id IS NOT NULL;
CREATE INDEX report_desk ON report (desk_due_at, case_id) WHERE desk IS NOT NULL;
CREATE INDEX report_task ON report (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX report_task_open ON report (task_due_at, case_id) WHERE task_mode IS NOT NULL;

-- Storms and control areas. Events exist only for the parent case of a storm; a control area exists in this table only.
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
    answer         text NOT NULL,                     -- fixed answer of a control area
    answer_en      text NOT NULL,
    parent_case_id uuid,                              -- parent case of a storm
    declared_by    jsonb NOT NULL,
    declared_at    timestamptz NOT NULL,
    ended_at       timestamptz,                       -- ended before ends_at
    CHECK ((kind = 'storm') = (parent_case_id IS NOT NULL))
);
CREATE INDEX area_running ON area (ends_at) WHERE ended_at IS NULL;
CREATE INDEX report_area ON report (area_id) WHERE area_id IS NOT NULL;

-- Log of what people did with areas. Append-only.
CREATE TABLE area_log (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    area_id uuid NOT NULL,
    what    text NOT NULL CHECK (what IN ('declared', 'replied', 'ended')),
    by      jsonb NOT NULL,
    text    text NOT NULL
);
CREATE INDEX area_log_area ON area_log (area_id, id);
CREATE TRIGGER area_log_append_only BEFORE UPDATE OR DELETE ON area_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX report_call ON report (call_id) WHERE call_id IS NOT NULL;

-- Calls to the hotline, also those without a case. Instead of the number, a keyed hash that expires.
CREATE TABLE call (
    id             uuid PRIMARY KEY,
    call_ref       text,                              -- the phone system's own number of the call
    channel_number text NOT NULL,
    phone_hash     bytea,
    keep_until     timestamptz,                       -- when the hash is erased
    begun_at       timestamptz NOT NULL,
    taken_by       jsonb NOT NULL,
    taken_name     text NOT NULL,                     -- name of the account at that time
    result         text,                              -- null: not entered yet
    note           text NOT NULL DEFAULT '',
    knowledge_id   text,
    about_case     uuid,
    ended_at       timestamptz,
    CHECK ((phone_hash IS NULL) OR (keep_until IS NOT NULL))
);
CREATE INDEX call_begun ON call (begun_at);
CREATE INDEX call_phone ON call (phone_hash) WHERE phone_hash IS NOT NULL;

-- Reporters. The only table with names and phone numbers, encrypted (AES-256-GCM, bound to the case).
CREATE TABLE reporter (
    case_id          uuid PRIMARY KEY,
    reporter_ref     uuid NOT NULL,
    key_id           text NOT NULL,
    encrypted        bytea,                           -- {name, phone}; null if only a query code was given
    contact_consent  boolean NOT NULL DEFAULT false,
    phone_hash       bytea,                           -- keyed; finds the caller's older cases until it expires
    keep_until       timestamptz NOT NULL,            -- the hash is erased then; the row as well, once the case has ended
    code_hash        bytea                            -- keyed; of the query code of a reporter without a phone
);
CREATE INDEX reporter_phone ON reporter (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX reporter_expiry ON reporter (keep_until);

-- Text, photos and exact place of confidential cases, encrypted for the competent unit.
CREATE TABLE confidential_text (
    case_id   uuid PRIMARY KEY,
    key_id    text NOT NULL,
    encrypted bytea NOT NULL,
    erase_at  timestamptz                             -- set when the case ends
);
CREATE INDEX confidential_erase ON confidential_text (erase_at) WHERE erase_at IS NOT NULL;

-- Which cases own a photo; access to the photo depends on them. Includes photos of units and rechecks.
CREATE TABLE photo_owner (
    name    text NOT NULL,                            -- hash that the case uses: of the stored or of the uploaded bytes
    case_id uuid NOT NULL,
    sha256  text NOT NULL,                            -- of the stored bytes
    PRIMARY KEY (name, case_id)
);
CREATE INDEX photo_owner_sha256 ON photo_owner (sha256);
CREATE INDEX photo_owner_case ON photo_owner (case_id);

-- Who uploaded a photo; nobody else may name it. Deleted after some time, and the photo with it if no case owns it.
CREATE TABLE photo_upload (
    uploaded_by     text NOT NULL,                    -- kind:id of the account or API key; report:id; claim:hash
    uploaded_sha256 text NOT NULL,                    -- of the uploaded bytes
    sha256          text NOT NULL,                    -- of the stored bytes
    uploaded_at     timestamptz NOT NULL DEFAULT now(), -- last upload, in real time even if a demo moves its clock
    named           boolean NOT NULL DEFAULT false,   -- whether a case has named this upload
    PRIMARY KEY (uploaded_by, uploaded_sha256)
);
CREATE INDEX photo_upload_old ON photo_upload (uploaded_at);
CREATE INDEX photo_upload_sha256 ON photo_upload (sha256);
CREATE INDEX photo_upload_sent ON photo_upload (uploaded_sha256);

-- Photos whose files are to be deleted, if nothing needs them: of erased confidential cases, or never named.
CREATE TABLE photo_to_delete (
    sha256 text PRIMARY KEY
);

-- Log of every access to personal data: who, to what, why. Append-only.
CREATE TABLE access_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    what        text NOT NULL CHECK (what IN (
                    'reporter', 'phone_lookup', 'confidential_text', 'confidential_photo', 'confidential_place')),
    case_id     uuid,
    caller_kind text NOT NULL,
    caller_id   text NOT NULL,
    unit_id     text,
    reason      text NOT NULL,
    once        boolean NOT NULL DEFAULT false,       -- a unit sees a number once 联系群众
    call        text                                  -- the hotline sees a number once for each call-back 回访
);
CREATE INDEX access_log_case ON access_log (case_id);
CREATE UNIQUE INDEX access_log_once ON access_log (case_id, unit_id) WHERE once;
CREATE UNIQUE INDEX access_log_call ON access_log (case_id, call) WHERE call IS NOT NULL;
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
