-- Dispatch's own tables: the order inbox of units, and the deliveries of webhooks.

-- One row per order: what the inbox filters and sorts by. The order itself is in the state of its case (`aggregate.state`).
CREATE TABLE dispatch (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    unit_id    text NOT NULL,
    status     text NOT NULL,
    open       boolean NOT NULL,
    due_at     timestamptz NOT NULL,                  -- of the first milestone not reached
    grid_code  text NOT NULL,
    created_at timestamptz NOT NULL,                  -- domain time
    crew       text,                                  -- to whom the unit handed it on; none: to nobody
    changed_at timestamptz NOT NULL,                  -- domain time of the last change
    mode       text NOT NULL                          -- of the case: actual; exercises and tests are listed among themselves
);
CREATE INDEX dispatch_inbox ON dispatch (unit_id, due_at, id) WHERE open;
CREATE INDEX dispatch_done ON dispatch (unit_id, changed_at DESC, id DESC) WHERE NOT open;
CREATE INDEX dispatch_all_open ON dispatch (due_at, id) WHERE open;
CREATE INDEX dispatch_all_done ON dispatch (changed_at DESC, id DESC) WHERE NOT open;
CREATE INDEX dispatch_case ON dispatch (case_id);
CREATE INDEX dispatch_made ON dispatch (created_at, id);
CREATE INDEX dispatch_returns ON dispatch (due_at, id) WHERE status = 'return_requested';

-- Where a unit wants its messages.
CREATE TABLE endpoint (
    id               uuid PRIMARY KEY,
    unit_id          text NOT NULL,
    url              text NOT NULL,
    description      text NOT NULL,
    kind             text NOT NULL DEFAULT 'unit' CHECK (kind IN ('unit', 'emergency')),
    format           text NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'cap')),
    takes_exercises  boolean NOT NULL DEFAULT false,  -- without it, what is not real never comes here
    events           text[],                          -- null: every type
    signatures       text[] NOT NULL DEFAULT '{v1,v1a}' CHECK (signatures <@ '{v1,v1a}' AND signatures <> '{}'),
    state            text NOT NULL CHECK (state IN ('pending_verification', 'verified', 'paused', 'disabled')),
    disabled_reason  text CHECK (disabled_reason IN ('gone', 'failing')),
    disabled_at      timestamptz,
    probed_at        timestamptz,                     -- last test sent to find out whether a disabled one is back
    verified_at      timestamptz,
    test_error       text,                            -- why the last test did not prove it; none: it did, or none came back yet
    max_in_flight    integer NOT NULL DEFAULT 8 CHECK (max_in_flight BETWEEN 1 AND 32),
    version          integer NOT NULL DEFAULT 1,      -- changes with url and secrets: what senders cache is keyed by it
    failures         integer NOT NULL DEFAULT 0,      -- in a row, of whatever message
    first_failure_at timestamptz,                     -- since then nothing but failures
    last_success_at  timestamptz,
    open_until       timestamptz,                     -- circuit breaker: nothing is sent before
    created_at       timestamptz NOT NULL DEFAULT now(),
    created_by       text NOT NULL,
    deleted_at       timestamptz
);
CREATE INDEX endpoint_unit ON endpoint (unit_id) WHERE deleted_at IS NULL;

-- What signs: a shared secret and a private key, sealed together with AES-256-GCM. All that have not expired sign.
CREATE TABLE secret (
    id          uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES endpoint,
    sealed      bytea NOT NULL,
    public_key  text NOT NULL,                        -- `whpk_…`, the other half of the private key
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz
);
CREATE INDEX secret_endpoint ON secret (endpoint_id);

-- What a unit is told, whether or not it has an endpoint: the exact bytes that are signed and sent.
CREATE TABLE message (
    id          uuid PRIMARY KEY,                     -- the `webhook-id`
    number      bigint GENERATED ALWAYS AS IDENTITY,  -- order of saying
    lane        uuid,                                 -- the order, or the case, it is about; none: a test
    case_id     uuid,                                 -- of whose facts it tells; none: a test
    unit_id     text NOT NULL,
    type        text NOT NULL,
    format      text NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'cap')),
    actual      boolean NOT NULL DEFAULT true,        -- else an exercise or a test of the whole loop
    body        bytea NOT NULL CHECK (octet_length(body) < 20000),
    created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE message ALTER COLUMN body SET STATISTICS 0;  -- no query searches in it
CREATE INDEX message_unit ON message (unit_id, created_at);
CREATE INDEX message_created ON message (created_at);
-- All that was told of one case is sealed when it turns out confidential.
CREATE INDEX message_case ON message (case_id) WHERE case_id IS NOT NULL;

-- One message to one endpoint. No foreign keys here and below: rows are only ever made from rows of the other tables,
-- and at a thousand a second the checks would lock endpoint rows for nothing.
CREATE TABLE delivery (
    id              uuid PRIMARY KEY,
    endpoint_id     uuid NOT NULL,
    message_id      uuid NOT NULL,
    number          bigint NOT NULL,                  -- of the message
    lane            uuid,                             -- of the message: one at a time, in order; none: a test
    state           text NOT NULL DEFAULT 'pending'
                    CHECK (state IN ('pending', 'sending', 'delivered', 'exhausted', 'cancelled')),
    trigger         text NOT NULL DEFAULT 'schedule' CHECK (trigger IN ('schedule', 'resend', 'recover')),
    attempts        integer NOT NULL DEFAULT 0,       -- that counted; a person's resend does not
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    token           uuid,                             -- of the claim: whoever records must still hold it
    lease_until     timestamptz,
    delivered_at    timestamptz,
    last_status     integer,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (message_id, endpoint_id)                  -- in this order: deliveries are looked up by their message
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX delivery_due ON delivery (endpoint_id, next_attempt_at, number) WHERE state = 'pending';
CREATE INDEX delivery_sending ON delivery (endpoint_id, lease_until) WHERE state = 'sending';
CREATE INDEX delivery_lane ON delivery (endpoint_id, lane, number) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_created ON delivery (created_at);

-- Whether an endpoint gets a message of its unit. Emergency services get the envelope of hand-overs in the format they
-- read, others everything else; what is not real goes only where exercises are taken.
CREATE FUNCTION wants(place endpoint, type text, format text, actual boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT place.deleted_at IS NULL AND (actual OR place.takes_exercises)
       AND (place.kind = 'emergency') = (type = 'handover.message') AND place.format = format
       AND (place.events IS NULL OR type = ANY (place.events))
$$;

-- The id of a delivery follows from what it is: made twice, it is the same. It begins as that of its message, which begins
-- with the time of the case, so that the rows of one time lie together in the index.
CREATE FUNCTION delivery_id(message uuid, endpoint uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(substring(uuid_send(message) FROM 1 FOR 6)
                  || substring(sha256(uuid_send(message) || uuid_send(endpoint)) FROM 1 FOR 10), 'hex')::uuid
$$;

-- Every try, as the unit's people may see it.
CREATE TABLE attempt (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    trigger     text NOT NULL,
    started_at  timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status      integer,                              -- none: no answer
    error       text,
    address     text,                                 -- that was connected to
    response    text NOT NULL                         -- beginning of the answer
);
CREATE INDEX attempt_endpoint ON attempt (endpoint_id, id DESC);
CREATE INDEX attempt_started ON attempt (started_at);
-- Redaction of a case that turns out confidential finds the attempts of its messages, inside the lock of the case.
CREATE INDEX attempt_delivery ON attempt (delivery_id);
