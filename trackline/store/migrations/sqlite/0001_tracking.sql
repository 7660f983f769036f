-- Experiments, runs, and what is said of them once: params and tags.
-- Ids that people and clients see (experiment ids, 32-digit run ids) stand in one row each; everything else
-- refers to small integers. Times are milliseconds since 1970, UTC.

-- The names of params, tags and metrics, each stored once.
CREATE TABLE keys (
    id   INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE experiments (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    name              TEXT    NOT NULL UNIQUE,
    artifact_location TEXT    NOT NULL,
    lifecycle         TEXT    NOT NULL CHECK (lifecycle IN ('active', 'deleted')),
    created_ms        INTEGER NOT NULL,
    updated_ms        INTEGER NOT NULL
) STRICT;

CREATE TABLE experiment_tags (
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    key_id        INTEGER NOT NULL REFERENCES keys (id),
    value         TEXT    NOT NULL,
    PRIMARY KEY (experiment_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid          TEXT    NOT NULL UNIQUE,
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    start_ms      INTEGER NOT NULL,
    end_ms        INTEGER,
    lifecycle     TEXT    NOT NULL CHECK (lifecycle IN ('active', 'deleted')),
    deleted_ms    INTEGER
) STRICT;

-- The order in which runs are listed unless another is asked for.
CREATE INDEX runs_newest ON runs (experiment_id, lifecycle, start_ms DESC, uuid);

CREATE TABLE params (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES keys (id),
    value  TEXT    NOT NULL,
    PRIMARY KEY (run_id, key_id)
) STRICT, WITHOUT ROWID;

-- Values can be long; their first 64 characters are enough to find them by.
CREATE INDEX params_by_value ON params (key_id, substr(value, 1, 64), run_id);

CREATE TABLE tags (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES keys (id),
    value  TEXT    NOT NULL,
    PRIMARY KEY (run_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_value ON tags (key_id, substr(value, 1, 64), run_id);
