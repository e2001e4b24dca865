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
    failures      integer NOT NULL DEFAULT 0,         -- wrong passwords since the last right one
    locked_until  timestamptz,
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

-- What administrators did to accounts. Releases are in the ledger; this is its counterpart for people. Append-only.
CREATE TABLE administration (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    by         text NOT NULL,
    action     text NOT NULL,
    account_id uuid NOT NULL,
    detail     jsonb NOT NULL
);
CREATE FUNCTION administration_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of administration is append-only';
END $$;
CREATE TRIGGER administration_append_only BEFORE UPDATE OR DELETE ON administration
    FOR EACH STATEMENT EXECUTE FUNCTION administration_is_append_only();
