-- Secrets, each printed by a start of the server, by any of which the first administrator is made.

CREATE TABLE first_secrets (
    digest     TEXT    PRIMARY KEY, -- SHA-256 of the secret
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
