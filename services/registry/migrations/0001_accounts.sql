-- Accounts, sign-ins and signing keys. Mirrors services/registry/store/tables.py.

CREATE TABLE account (
    id            uuid PRIMARY KEY,
    username      text NOT NULL UNIQUE,
    name          text NOT NULL,
    name_en       text NOT NULL DEFAULT '',
    password_hash text NOT NULL,                      -- argon2id
    roles         text[] NOT NULL DEFAULT '{}',
    areas         text[] NOT NULL DEFAULT '{}',       -- prefixes of grid codes; empty means the whole district
    channels      text[] NOT NULL DEFAULT '{}',
    unit_id       text,
    officer_id    text,
    team_id       text,
    disabled      boolean NOT NULL DEFAULT false,
    access_id     uuid NOT NULL,                      -- id in its access tokens; ending it ends all of them
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

-- Private keys of the published signing keys, encrypted with a key derived from GRIDLOOP_SECRET_KEY.
CREATE TABLE signing_secret (
    id         text PRIMARY KEY,
    encrypted  bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- The administration log: actions of administrators on accounts and keys. Append-only. Releases are in the event store.
-- `by` and `subject` are ids of accounts or keys. The check for a second person (services/registry/store/approvals.py)
-- reads from it who created an account or reset its password.
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
    RAISE EXCEPTION 'the administration log is append-only';
END $$;
CREATE TRIGGER administration_append_only BEFORE UPDATE OR DELETE ON administration
    FOR EACH STATEMENT EXECUTE FUNCTION administration_is_append_only();

-- Proposals of one administrator. They take effect when a second one approves them.
CREATE TABLE approval (
    id          uuid PRIMARY KEY,
    proposed    jsonb NOT NULL,                       -- services/registry/domain/approvals.py; contains hashes, no secrets
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    decision    text,                                 -- approved or rejected; NULL while pending
    decided_by  text,
    decided_at  timestamptz,
    reason      text NOT NULL DEFAULT ''
);
CREATE INDEX approval_proposed ON approval (proposed_at DESC, id);

-- Failed sign-ins by name and network. A row with an empty name counts the network, one with an empty network the name.
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

-- The security log: sign-ins, refusals, sign-outs, password changes. Kept for a year.
CREATE TABLE security_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    event      text NOT NULL,
    account_id uuid,                                  -- NULL for an unknown name, which is not stored: it may be a password
    network    text NOT NULL,
    detail     text NOT NULL DEFAULT ''
);
CREATE INDEX security_log_at ON security_log (at);
