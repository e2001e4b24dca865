-- Who may sign in, and what the registry signs with. Mirrors services/registry/store/tables.py.

CREATE TABLE account (
    id            uuid PRIMARY KEY,
    username      text NOT NULL UNIQUE,
    name          text NOT NULL,
    name_en       text NOT NULL DEFAULT '',
    password_hash text NOT NULL,                      -- argon2id
    roles         text[] NOT NULL DEFAULT '{}',
    areas         text[] NOT NULL DEFAULT '{}',       -- grid-code prefixes; empty: the whole district
    channels      text[] NOT NULL DEFAULT '{}',
    unit_id       text,
    officer_id    text,
    team_id       text,
    disabled      boolean NOT NULL DEFAULT false,
    access_id     uuid NOT NULL,                      -- named by its access tokens; ending it ends them all
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    password_at   timestamptz NOT NULL
);

CREATE TABLE account_session (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    token_hash   bytea NOT NULL UNIQUE,               -- SHA-256 of the refresh cookie's value
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX account_session_account ON account_session (account_id);
CREATE INDEX account_session_expires ON account_session (expires_at);

-- The private halves of published signing keys, sealed with a key derived from GRIDLOOP_SECRET_KEY.
CREATE TABLE signing_secret (
    id         text PRIMARY KEY,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- What administrators did to accounts and keys. Releases are in the ledger; this is its counterpart for people. Append-only.
-- `by` and `subject` are ids of accounts or keys. Who made an account or set its password is found here
-- (services/registry/store/approvals.py).
CREATE TABLE administration (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    by      text NOT NULL,
    action  text NOT NULL,
    subject text NOT NULL,
    detail  jsonb NOT NULL
);
CREATE INDEX administration_subject ON administration (subject);
CREATE FUNCTION administration_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of administration is append-only';
END $$;
CREATE TRIGGER administration_append_only BEFORE UPDATE OR DELETE ON administration
    FOR EACH STATEMENT EXECUTE FUNCTION administration_is_append_only();

-- What one administrator proposed and a second one must approve before it takes effect.
CREATE TABLE approval (
    id          uuid PRIMARY KEY,
    proposed    jsonb NOT NULL,                       -- services/registry/domain/approvals.py; holds hashes, no secrets
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    decision    text,                                 -- approved, rejected; none while it waits
    decided_by  text,
    decided_at  timestamptz,
    reason      text NOT NULL DEFAULT ''
);
CREATE INDEX approval_proposed ON approval (proposed_at DESC, id);

-- Failed sign-ins, by name and network. An empty name counts the whole network, an empty network the name everywhere.
CREATE TABLE sign_in_failure (
    name           bytea NOT NULL,                    -- SHA-256 of the user name
    network        text NOT NULL,                     -- an IPv4 address, or an IPv6 network of 64 bits
    failures       integer NOT NULL,
    last_failed_at timestamptz NOT NULL,
    PRIMARY KEY (name, network)
);
CREATE INDEX sign_in_failure_last ON sign_in_failure (last_failed_at);

-- Networks from which an account has signed in. Failures elsewhere do not delay sign-ins from these.
CREATE TABLE known_network (
    account_id     uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    network        text NOT NULL,
    last_signed_in timestamptz NOT NULL,
    PRIMARY KEY (account_id, network)
);

-- Sign-ins, refusals and what ended sessions. Kept for a year.
CREATE TABLE security_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    event      text NOT NULL,
    account_id uuid,                                  -- none for an unknown name, which is not kept: it may be a password
    network    text NOT NULL,
    detail     text NOT NULL DEFAULT ''
);
CREATE INDEX security_log_at ON security_log (at);
