-- Tables of dispatch: the list of dispatches, and webhooks with their delivery queue.

-- One row per dispatch with the columns that lists filter and sort by. The dispatch itself is in the state of its case (`aggregate.state`).
CREATE TABLE dispatch (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    unit_id    text NOT NULL,
    status     text NOT NULL,
    open       boolean NOT NULL,
    due_at     timestamptz NOT NULL,                  -- of the first milestone not reached
    grid_code  text NOT NULL,
    created_at timestamptz NOT NULL,                  -- domain time
    crew       text,                                  -- crew of the unit that has it; null: no crew
    changed_at timestamptz NOT NULL,                  -- domain time of the last change
    mode       text NOT NULL                          -- of the case; exercises and tests are listed separately
);
CREATE INDEX dispatch_inbox ON dispatch (unit_id, due_at, id) WHERE open;
CREATE INDEX dispatch_done ON dispatch (unit_id, changed_at DESC, id DESC) WHERE NOT open;
CREATE INDEX dispatch_all_open ON dispatch (due_at, id) WHERE open;
CREATE INDEX dispatch_all_done ON dispatch (changed_at DESC, id DESC) WHERE NOT open;
CREATE INDEX dispatch_case ON dispatch (case_id);
CREATE INDEX dispatch_made ON dispatch (created_at, id);
CREATE INDEX dispatch_returns ON dispatch (due_at, id) WHERE status = 'return_requested';

-- Webhook endpoints of units.
CREATE TABLE endpoint (
    id               uuid PRIMARY KEY,
    unit_id          text NOT NULL,
    url              text NOT NULL,
    description      text NOT NULL,
    kind             text NOT NULL DEFAULT 'unit' CHECK (kind IN ('unit', 'emergency')),
    format           text NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'cap')),
    takes_exercises  boolean NOT NULL DEFAULT false,  -- false: only messages of real cases
    events           text[],                          -- null: all types
    signatures       text[] NOT NULL DEFAULT '{v1,v1a}' CHECK (signatures <@ '{v1,v1a}' AND signatures <> '{}'),
    state            text NOT NULL CHECK (state IN ('pending_verification', 'verified', 'paused', 'disabled')),
    disabled_reason  text CHECK (disabled_reason IN ('gone', 'failing')),
    disabled_at      timestamptz,
    probed_at        timestamptz,                     -- last test of a disabled endpoint
    verified_at      timestamptz,
    test_error       text,                            -- why the last test failed; null: it passed, or no answer yet
    max_in_flight    integer NOT NULL DEFAULT 8 CHECK (max_in_flight BETWEEN 1 AND 32),
    version          integer NOT NULL DEFAULT 1,      -- cache key of senders; changes with url and secrets
    failures         integer NOT NULL DEFAULT 0,      -- consecutive, over all messages
    first_failure_at timestamptz,                     -- first of the consecutive failures
    last_success_at  timestamptz,
    open_until       timestamptz,                     -- circuit breaker: nothing is sent until then
    created_at       timestamptz NOT NULL DEFAULT now(),
    created_by       text NOT NULL,
    deleted_at       timestamptz
);
CREATE INDEX endpoint_unit ON endpoint (unit_id) WHERE deleted_at IS NULL;

-- Secrets that sign: a shared secret and a private key, encrypted together with AES-256-GCM. All unexpired ones sign.
CREATE TABLE secret (
    id          uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES endpoint,
    encrypted   bytea NOT NULL,
    public_key  text NOT NULL,                        -- `whpk_…`, belongs to the private key
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz
);
CREATE INDEX secret_endpoint ON secret (endpoint_id);

-- Messages to units, with or without an endpoint: the exact bytes that are signed and sent.
CREATE TABLE message (
    id          uuid PRIMARY KEY,                     -- the `webhook-id`
    number      bigint GENERATED ALWAYS AS IDENTITY,  -- order of creation
    ordering_key uuid,                                -- dispatch or case that it is about; null: a test
    case_id     uuid,                                 -- case that caused it; null: a test
    unit_id     text NOT NULL,
    type        text NOT NULL,
    format      text NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'cap')),
    actual      boolean NOT NULL DEFAULT true,        -- false: an exercise or a test of the whole loop
    body        bytea NOT NULL CHECK (octet_length(body) < 20000),
    created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE message ALTER COLUMN body SET STATISTICS 0;  -- no query searches in it
CREATE INDEX message_unit ON message (unit_id, created_at);
CREATE INDEX message_created ON message (created_at);
-- Finds the messages of a case that turns out confidential, to redact them.
CREATE INDEX message_case ON message (case_id) WHERE case_id IS NOT NULL;

-- Delivery of one message to one endpoint. No foreign keys here and below: rows are only created from rows of the other
-- tables, and at a thousand per second the checks would lock endpoint rows needlessly.
CREATE TABLE delivery (
    id              uuid PRIMARY KEY,
    endpoint_id     uuid NOT NULL,
    message_id      uuid NOT NULL,
    number          bigint NOT NULL,                  -- of the message
    ordering_key    uuid,                             -- of the message: delivered one at a time, in order; null: a test
    state           text NOT NULL DEFAULT 'pending'
                    CHECK (state IN ('pending', 'sending', 'delivered', 'exhausted', 'cancelled')),
    trigger         text NOT NULL DEFAULT 'schedule' CHECK (trigger IN ('schedule', 'resend', 'recover')),
    attempts        integer NOT NULL DEFAULT 0,       -- resends by a person are not counted
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    token           uuid,                             -- of the claim: a result is recorded only with the current token
    lease_until     timestamptz,
    delivered_at    timestamptz,
    last_status     integer,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (message_id, endpoint_id)                  -- in this order: deliveries are looked up by message
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX delivery_due ON delivery (endpoint_id, next_attempt_at, number) WHERE state = 'pending';
CREATE INDEX delivery_sending ON delivery (endpoint_id, lease_until) WHERE state = 'sending';
CREATE INDEX delivery_order ON delivery (endpoint_id, ordering_key, number) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_created ON delivery (created_at);

-- True if an endpoint receives a message of its unit. Emergency services receive hand-over envelopes in their format,
-- other endpoints all other messages. Messages of exercises go only to endpoints that take part in exercises.
CREATE FUNCTION accepts(receiver endpoint, type text, format text, actual boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT receiver.deleted_at IS NULL AND (actual OR receiver.takes_exercises)
       AND (receiver.kind = 'emergency') = (type = 'handover.message') AND receiver.format = format
       AND (receiver.events IS NULL OR type = ANY (receiver.events))
$$;

-- The id of a delivery is derived from message and endpoint, so creating it twice gives the same id. It begins like the
-- id of the message, which begins with the time of the case, so that rows of one time are close together in the index.
CREATE FUNCTION delivery_id(message uuid, endpoint uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(substring(uuid_send(message) FROM 1 FOR 6)
                  || substring(sha256(uuid_send(message) || uuid_send(endpoint)) FROM 1 FOR 10), 'hex')::uuid
$$;

-- Attempts, as the people of the unit may see them.
CREATE TABLE attempt (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    trigger     text NOT NULL,
    started_at  timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status      integer,                              -- null: no response
    error       text,
    address     text,                                 -- network address of the connection
    response    text NOT NULL                         -- beginning of the response body
);
CREATE INDEX attempt_endpoint ON attempt (endpoint_id, id DESC);
CREATE INDEX attempt_started ON attempt (started_at);
-- Finds the attempts of the messages of a case that turns out confidential, inside the lock of the case.
CREATE INDEX attempt_delivery ON attempt (delivery_id);
