-- The tables every service database has. Rules 1–7 of docs/architecture.md, "Nothing lost, nothing twice", rest on them.

-- One row per case and service: lock, inbox and origin of `sequence` and `after` in one. Locked in case-id order.
CREATE TABLE head (
    case_id     uuid PRIMARY KEY,
    sent        integer NOT NULL DEFAULT 0,           -- events this service has emitted for the case
    history     bigint NOT NULL DEFAULT 0,            -- a digest of them, one over the other (contracts/envelope.py)
    intake      integer NOT NULL DEFAULT 0,           -- last sequence applied of each source
    routing     integer NOT NULL DEFAULT 0,
    dispatch    integer NOT NULL DEFAULT 0,
    supervision integer NOT NULL DEFAULT 0,
    registry    integer NOT NULL DEFAULT 0,
    intake_history      bigint NOT NULL DEFAULT 0,    -- and their digest: at equal sequences it is the source's own
    routing_history     bigint NOT NULL DEFAULT 0,
    dispatch_history    bigint NOT NULL DEFAULT 0,
    supervision_history bigint NOT NULL DEFAULT 0,
    registry_history    bigint NOT NULL DEFAULT 0,
    parked      integer NOT NULL DEFAULT 0,           -- events of this case that wait in `parked`
    stopped     boolean NOT NULL DEFAULT false,       -- we are ahead of a source: nothing applies until a person looks
    state       jsonb                                 -- what this service knows of the case
) WITH (fillfactor = 50);  -- room for the next version of a row on its page: an update then touches no index
ALTER TABLE head ALTER COLUMN state SET STATISTICS 0;  -- no query searches in it, and ANALYZE would decompress 30,000 of them
CREATE INDEX head_stopped ON head (case_id) WHERE stopped;

-- Every event this service ever said, as it was said. Also the audit log: never updated, never deleted.
CREATE TABLE ledger (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    xact         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    case_id      uuid NOT NULL,
    sequence     integer NOT NULL,
    type         text NOT NULL,
    time         timestamptz NOT NULL,
    after        text NOT NULL,
    causation_id text NOT NULL,
    traceparent  text NOT NULL,
    body         bytea NOT NULL CHECK (octet_length(body) < 20000),
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
ALTER TABLE ledger ALTER COLUMN body SET STATISTICS 0;
CREATE INDEX ledger_case ON ledger (case_id, sequence);
CREATE INDEX ledger_xact ON ledger (xact, id);
CREATE TABLE ledger_rest PARTITION OF ledger DEFAULT;

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$;
CREATE TRIGGER ledger_append_only BEFORE DELETE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- What was said in the open about a case that turned out to be confidential: the ledger keeps the event without its words,
-- and here is what it was and what it is now (SHA-256 of the bodies). Written before the ledger is changed; never changed.
CREATE TABLE sealing (
    ledger_id bigint PRIMARY KEY,
    said      bytea NOT NULL,
    kept      bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER sealing_append_only BEFORE UPDATE OR DELETE ON sealing
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE FUNCTION ledger_is_only_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.recorded_at, NEW.xact, NEW.case_id, NEW.sequence, NEW.type, NEW.time, NEW.after, NEW.causation_id, NEW.traceparent)
     = (OLD.id, OLD.recorded_at, OLD.xact, OLD.case_id, OLD.sequence, OLD.type, OLD.time, OLD.after, OLD.causation_id, OLD.traceparent)
       AND EXISTS (SELECT FROM sealing
                   WHERE ledger_id = OLD.id AND said = sha256(OLD.body) AND kept = sha256(NEW.body)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only';
END $$;
CREATE TRIGGER ledger_only_sealed BEFORE UPDATE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_is_only_sealed();

-- What the relay has still to send. Rows are written with the event and deleted when the broker has it.
CREATE TABLE unsent (
    ledger_id   bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The hash chain over the ledger, made in the background in the order of (xact, id).
CREATE TABLE chain (
    position  bigint PRIMARY KEY,
    ledger_id bigint NOT NULL,
    xact      xid8 NOT NULL,
    sealed    boolean NOT NULL DEFAULT false,         -- a link about the row's sealing; else about the row as it was said
    hash      bytea NOT NULL
);
CREATE UNIQUE INDEX chain_ledger ON chain (ledger_id, sealed);

-- Who reads which partition, and up to where. `next_offset` moves only in the transaction that applied the records.
CREATE TABLE partition (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    holder      text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    log_id      text NOT NULL DEFAULT '',
    next_offset bigint NOT NULL DEFAULT 0,
    ended_at    timestamptz NOT NULL DEFAULT '-infinity',  -- when its holder last said that it was read to its end
    PRIMARY KEY (topic, partition)
);
CREATE TABLE replica (
    holder  text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- The last write of each replica: readiness of a service that writes asks that its own is fresh.
CREATE TABLE heartbeat (
    replica text PRIMARY KEY,
    beat_at timestamptz NOT NULL
);

-- Events whose causes are not here yet, or that this version does not know.
CREATE TABLE parked (
    case_id   uuid NOT NULL,
    source    text NOT NULL,
    sequence  integer NOT NULL,
    registry  integer NOT NULL,                       -- release the event waits for, at least
    headers   jsonb NOT NULL,
    body      bytea NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, source, sequence)
);
CREATE INDEX parked_at ON parked (parked_at);

-- Events that a handler could not apply. Their mark has not moved; an operator retries or skips them.
CREATE TABLE dead (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid,
    source      text NOT NULL,
    sequence    integer NOT NULL,
    type        text NOT NULL,
    headers     jsonb NOT NULL,
    body        bytea NOT NULL,
    error       text NOT NULL,
    attempts    integer NOT NULL DEFAULT 1,
    build       text NOT NULL DEFAULT '',              -- of the code that could not apply it; another one tries again
    died_at     timestamptz NOT NULL DEFAULT now(),
    resolution  text CHECK (resolution IN ('retried', 'skipped')),
    resolved_by text,
    reason      text,
    resolved_at timestamptz
);
CREATE UNIQUE INDEX dead_open ON dead (case_id, source, sequence) WHERE resolution IS NULL;
CREATE UNIQUE INDEX dead_foreign ON dead (md5(body), md5(error)) WHERE case_id IS NULL;  -- records that are no event of ours

-- Cases of which we had heard more than their source has said, or other things: it was restored from an old backup.
CREATE TABLE ahead (
    case_id    uuid NOT NULL,
    source     text NOT NULL,
    mark       integer NOT NULL,                       -- last sequence we had applied
    sent       integer NOT NULL,                       -- last sequence it said it had
    history    bigint NOT NULL,                        -- and the digest of all up to there
    stopped_at timestamptz NOT NULL DEFAULT now(),
    resumed_at timestamptz,
    resumed_by text,
    reason     text
);
CREATE UNIQUE INDEX ahead_open ON ahead (case_id, source) WHERE resumed_at IS NULL;

-- Cases that a task could not handle: each is tried again alone, after a delay that doubles. The task `state` means that
-- this version cannot read the case's document in `head.state`, so that the case is halted.
CREATE TABLE quarantine (
    task     text NOT NULL,
    case_id  uuid NOT NULL,
    error    text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    since    timestamptz NOT NULL DEFAULT now(),
    next_try timestamptz NOT NULL,
    PRIMARY KEY (task, case_id)
);

-- Durable timers of a case. `fire_at` is `due_at`, or later after a failed try.
CREATE TABLE timer (
    case_id uuid NOT NULL,
    name    text NOT NULL,
    due_at  timestamptz NOT NULL,
    fire_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, name)
);
CREATE INDEX timer_fire_at ON timer (fire_at);

-- Cases with a deadline that moves when the holidays of its year are announced.
CREATE TABLE provisional (
    case_id uuid PRIMARY KEY
);

-- The calendar that provisional deadlines were last laid off on.
CREATE TABLE calendar_applied (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    calendar    text NOT NULL
);

-- Answers already given, by caller and key (rule 1).
CREATE TABLE idempotency (
    caller     text NOT NULL,
    method     text NOT NULL,
    path       text NOT NULL,
    key        text NOT NULL,
    request    bytea NOT NULL,                        -- SHA-256 of the raw body
    status     integer NOT NULL,
    headers    jsonb NOT NULL,
    answer     bytea NOT NULL,                        -- sealed (AES-256-GCM, bound to the four columns of the key)
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, method, path, key)
);
ALTER TABLE idempotency ALTER COLUMN answer SET STATISTICS 0;
CREATE INDEX idempotency_created ON idempotency (created_at);

-- How far each source's heads have been compared with ours (rule 5).
CREATE TABLE repair_cursor (
    source   text PRIMARY KEY,
    identity text NOT NULL,                           -- the database that `since` is a transaction of; '' compares every case
    since    xid8 NOT NULL,
    again    integer NOT NULL DEFAULT 0,              -- raised with `identity` emptied: a pass under way must not set it
    ok_at    timestamptz
);

-- The district as published: every version of every entity, and the release in force.
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

-- Sessions and accounts whose access tokens are refused before they expire (contracts/events/registry.py, AccessEnded).
CREATE TABLE ended_access (
    id        uuid PRIMARY KEY,
    until     timestamptz NOT NULL,                   -- when the last token that names it has expired
    announced boolean NOT NULL DEFAULT true           -- registry: the other services have been told
);
CREATE INDEX ended_access_unannounced ON ended_access (until) WHERE NOT announced;
