-- Webhooks, and what they have to deliver: the outbox, which is written with the change that it tells of.

CREATE TABLE webhooks (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid             TEXT    NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    description      TEXT,
    url              TEXT    NOT NULL,
    status           TEXT    NOT NULL CHECK (status IN ('ACTIVE', 'DISABLED')),
    sealed_secret    TEXT,                       -- encrypted; NULL: messages are not signed
    created_ms       INTEGER NOT NULL,
    updated_ms       INTEGER NOT NULL,
    last_number      INTEGER NOT NULL DEFAULT 0, -- of its deliveries
    failures         INTEGER NOT NULL DEFAULT 0, -- attempts in a row
    due_ms           INTEGER,                    -- when its oldest delivery is tried; NULL: none waits
    claimed_by       TEXT,                       -- the process that delivers at the moment
    claimed_until_ms INTEGER                     -- then another may
) STRICT;

CREATE INDEX webhooks_due ON webhooks (due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE webhook_events (
    event      TEXT    NOT NULL,
    webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    PRIMARY KEY (event, webhook_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_events_of_webhook ON webhook_events (webhook_id, event);

-- The queue (PENDING) and the log of the latest others.
CREATE TABLE webhook_deliveries (
    webhook_id      INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,
    event           TEXT    NOT NULL,
    happened_ms     INTEGER NOT NULL,
    data            TEXT    NOT NULL, -- JSON
    queued_ms       INTEGER NOT NULL, -- when it happened, or when it was asked for once more
    state           TEXT    NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'DEAD')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    tried_ms        INTEGER,          -- the last attempt, and how it ended
    response_status INTEGER,
    response_body   TEXT,
    error           TEXT,
    PRIMARY KEY (webhook_id, number)
) STRICT;

CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, number);
