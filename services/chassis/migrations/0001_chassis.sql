-- The tables that every service database has. Rules 1–7 of docs/architecture.md, "Nothing lost, nothing twice", rest on them.

-- One row per case: the lock on the case, the service's state of it, and how far the service has stated and applied events.
-- Rows are locked in the order of `case_id`.
CREATE TABLE aggregate (
    case_id     uuid PRIMARY KEY,
    version     integer NOT NULL DEFAULT 0,           -- sequence of the last event that this service stated about the case
    digest      bigint NOT NULL DEFAULT 0,            -- chained digest of the stated events (contracts/envelope.py)
    intake_applied      integer NOT NULL DEFAULT 0,   -- for each source, the sequence of its last event applied here
    routing_applied     integer NOT NULL DEFAULT 0,
    dispatch_applied    integer NOT NULL DEFAULT 0,
    supervision_applied integer NOT NULL DEFAULT 0,
    registry_applied    integer NOT NULL DEFAULT 0,
    intake_digest       bigint NOT NULL DEFAULT 0,    -- chained digest of the applied events; equals the source's own digest
    routing_digest      bigint NOT NULL DEFAULT 0,    -- at the same sequence
    dispatch_digest     bigint NOT NULL DEFAULT 0,
    supervision_digest  bigint NOT NULL DEFAULT 0,
    registry_digest     bigint NOT NULL DEFAULT 0,
    deferred    integer NOT NULL DEFAULT 0,           -- number of rows of this case in `deferred_event`
    diverged    boolean NOT NULL DEFAULT false,       -- a source knows less than we do: apply nothing until an operator resumes
    state       jsonb                                 -- the service's own state of the case
) WITH (fillfactor = 50);  -- leaves room for the next version of a row on its page, so that an update touches no index
ALTER TABLE aggregate ALTER COLUMN state SET STATISTICS 0;  -- no query searches in it; ANALYZE would decompress 30,000 states
CREATE INDEX aggregate_diverged ON aggregate (case_id) WHERE diverged;

-- Every event that this service stated. Also the audit log: rows are never deleted, and changed only by redaction.
CREATE TABLE event_store (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    xact         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    case_id      uuid NOT NULL,
    sequence     integer NOT NULL,
    type         text NOT NULL,
    time         timestamptz NOT NULL,
    dependencies text NOT NULL,
    causation_id text NOT NULL,
    traceparent  text NOT NULL,
    body         bytea NOT NULL CHECK (octet_length(body) < 20000),
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
ALTER TABLE event_store ALTER COLUMN body SET STATISTICS 0;
CREATE INDEX event_store_case ON event_store (case_id, sequence);
CREATE INDEX event_store_xact ON event_store (xact, id);
CREATE TABLE event_store_default PARTITION OF event_store DEFAULT;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER event_store_append_only BEFORE DELETE ON event_store
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Events redacted after their case turned out confidential: SHA-256 of the body before and after. The row is written before
-- the event is changed, and is never changed itself.
CREATE TABLE redaction (
    event_id        bigint PRIMARY KEY,
    original_sha256 bytea NOT NULL,
    redacted_sha256 bytea NOT NULL,
    redacted_at     timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER redaction_append_only BEFORE UPDATE OR DELETE ON redaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION allow_redaction_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.recorded_at, NEW.xact, NEW.case_id, NEW.sequence, NEW.type, NEW.time, NEW.dependencies, NEW.causation_id, NEW.traceparent)
     = (OLD.id, OLD.recorded_at, OLD.xact, OLD.case_id, OLD.sequence, OLD.type, OLD.time, OLD.dependencies, OLD.causation_id, OLD.traceparent)
       AND EXISTS (SELECT FROM redaction
                   WHERE event_id = OLD.id AND original_sha256 = sha256(OLD.body) AND redacted_sha256 = sha256(NEW.body)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'event_store is append-only';
END $$;
CREATE TRIGGER event_store_redaction_only BEFORE UPDATE ON event_store
    FOR EACH ROW EXECUTE FUNCTION allow_redaction_only();

-- Events that the broker has not acknowledged. A row is written with its event and deleted after the acknowledgement.
CREATE TABLE outbox (
    event_id    bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The hash chain over the event store, extended in the background in the order of (xact, id).
CREATE TABLE hash_chain (
    position     bigint PRIMARY KEY,
    event_id     bigint NOT NULL,
    xact         xid8 NOT NULL,
    is_redaction boolean NOT NULL DEFAULT false,      -- true: the link proves the redaction of the event, false: the event
    hash         bytea NOT NULL
);
CREATE UNIQUE INDEX hash_chain_event ON hash_chain (event_id, is_redaction);

-- For each partition: the replica that reads it and the next offset. `next_offset` moves only in the transaction that applied
-- the records before it.
CREATE TABLE partition_lease (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    holder      text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    log_id      text NOT NULL DEFAULT '',
    next_offset bigint NOT NULL DEFAULT 0,
    ended_at    timestamptz NOT NULL DEFAULT '-infinity',  -- when the holder last reported that it had read to the end
    PRIMARY KEY (topic, partition)
);
CREATE TABLE replica (
    holder  text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- The last write of each replica. A service that writes is ready only while its own heartbeat is fresh.
CREATE TABLE heartbeat (
    replica text PRIMARY KEY,
    beat_at timestamptz NOT NULL
);

-- Events that wait for their dependencies, for a registry release, or for a newer version of the service.
CREATE TABLE deferred_event (
    case_id       uuid NOT NULL,
    source        text NOT NULL,
    sequence      integer NOT NULL,
    needs_release integer NOT NULL,                   -- the registry release that the event depends on; 0: none
    headers       jsonb NOT NULL,
    body          bytea NOT NULL,
    deferred_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, source, sequence)
);
CREATE INDEX deferred_event_deferred_at ON deferred_event (deferred_at);

-- Events that a handler could not apply. Their applied position has not moved; an operator retries or skips them.
CREATE TABLE dead_letter (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid,                                 -- null: a record that is not an event of this system
    source      text NOT NULL,
    sequence    integer NOT NULL,
    type        text NOT NULL,
    headers     jsonb NOT NULL,
    body        bytea NOT NULL,
    error       text NOT NULL,
    attempts    integer NOT NULL DEFAULT 1,
    build       text NOT NULL DEFAULT '',             -- build that failed to apply the event; another build tries again
    failed_at   timestamptz NOT NULL DEFAULT now(),
    resolution  text CHECK (resolution IN ('retried', 'skipped')),
    resolved_by text,
    reason      text,
    resolved_at timestamptz
);
CREATE UNIQUE INDEX dead_letter_open ON dead_letter (case_id, source, sequence) WHERE resolution IS NULL;
CREATE UNIQUE INDEX dead_letter_without_case ON dead_letter (md5(body), md5(error)) WHERE case_id IS NULL;

-- Cases of which we know more than their source, or a different history. The source was restored from an old backup.
CREATE TABLE divergence (
    case_id        uuid NOT NULL,
    source         text NOT NULL,
    applied        integer NOT NULL,                  -- sequence of the source's last event applied here
    source_version integer NOT NULL,                  -- sequence of the source's last event, as the source reports it
    source_digest  bigint NOT NULL,                   -- digest of the source's events up to there
    detected_at    timestamptz NOT NULL DEFAULT now(),
    resumed_at     timestamptz,
    resumed_by     text,
    reason         text
);
CREATE UNIQUE INDEX divergence_open ON divergence (case_id, source) WHERE resumed_at IS NULL;

-- Cases on which a task failed. Each is tried again alone, after a delay that doubles. The task `state` means that this version
-- cannot read `aggregate.state` of the case, so that the case is halted.
CREATE TABLE quarantine (
    task     text NOT NULL,
    case_id  uuid NOT NULL,
    error    text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    since    timestamptz NOT NULL DEFAULT now(),
    next_try timestamptz NOT NULL,
    PRIMARY KEY (task, case_id)
);

-- Durable timers of cases. `fire_at` equals `due_at`, or is later after a failed attempt.
CREATE TABLE timer (
    case_id uuid NOT NULL,
    name    text NOT NULL,
    due_at  timestamptz NOT NULL,
    fire_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, name)
);
CREATE INDEX timer_fire_at ON timer (fire_at);

-- Cases with a provisional deadline: it moves when the holidays of its year are announced.
CREATE TABLE provisional_deadline (
    case_id uuid PRIMARY KEY
);

-- The calendar from which the provisional deadlines were last calculated.
CREATE TABLE applied_calendar (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    calendar    text NOT NULL
);

-- Responses by caller and idempotency key (rule 1).
CREATE TABLE stored_response (
    caller         text NOT NULL,
    method         text NOT NULL,
    path           text NOT NULL,
    key            text NOT NULL,
    request_sha256 bytea NOT NULL,                    -- SHA-256 of the raw request body
    status         integer NOT NULL,
    headers        jsonb NOT NULL,
    body           bytea NOT NULL,                    -- encrypted (AES-256-GCM, bound to the four key columns)
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, method, path, key)
);
ALTER TABLE stored_response ALTER COLUMN body SET STATISTICS 0;
CREATE INDEX stored_response_created_at ON stored_response (created_at);

-- For each source, how far its aggregates have been compared with ours (rule 5).
CREATE TABLE repair_cursor (
    source      text PRIMARY KEY,
    identity    text NOT NULL,                        -- the database that `since` belongs to; '' forces a comparison of every case
    since       xid8 NOT NULL,                        -- transaction of the source up to which cases have been compared
    resets      integer NOT NULL DEFAULT 0,           -- raised by each reset, so that a pass under way does not undo the reset
    compared_at timestamptz
);

-- The published reference data: every version of every entity, and the releases.
CREATE TABLE registry_record (
    kind    text NOT NULL,
    id      text NOT NULL,
    release integer NOT NULL,
    body    jsonb,
    PRIMARY KEY (kind, id, release)
);
CREATE TABLE registry_release (
    release    integer PRIMARY KEY,
    count      integer NOT NULL,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- Sessions and accounts whose access tokens are refused before they expire (`AccessEnded` in contracts/events).
CREATE TABLE ended_access (
    id        uuid PRIMARY KEY,
    until     timestamptz NOT NULL,                   -- expiry of the last token that names this id
    announced boolean NOT NULL DEFAULT true           -- registry only: the event that tells the other services has been stated
);
CREATE INDEX ended_access_unannounced ON ended_access (until) WHERE NOT announced;
