-- What runs read (datasets) and what they made (logged models).

CREATE TABLE datasets (
    id            INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    source_type   TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    schema        TEXT,
    profile       TEXT,
    UNIQUE (experiment_id, name, digest)
) STRICT;

CREATE TABLE dataset_inputs (
    run_id     INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    PRIMARY KEY (run_id, dataset_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dataset_inputs_by_dataset ON dataset_inputs (dataset_id);

CREATE TABLE dataset_input_tags (
    run_id     INTEGER NOT NULL,
    dataset_id INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    PRIMARY KEY (run_id, dataset_id, key),
    FOREIGN KEY (run_id, dataset_id) REFERENCES dataset_inputs (run_id, dataset_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE logged_models (
    id             INTEGER PRIMARY KEY,
    model_id       TEXT    NOT NULL UNIQUE,
    experiment_id  INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name           TEXT    NOT NULL,
    status         INTEGER NOT NULL,
    lifecycle      TEXT    NOT NULL CHECK (lifecycle IN ('active', 'deleted')),
    created_ms     INTEGER NOT NULL,
    updated_ms     INTEGER NOT NULL,
    model_type     TEXT,
    source_run_id  TEXT,
    status_message TEXT
) STRICT;

CREATE INDEX logged_models_newest ON logged_models (experiment_id, lifecycle, created_ms DESC, model_id);

CREATE TABLE logged_model_params (
    model_id INTEGER NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
    key_id   INTEGER NOT NULL REFERENCES keys (id),
    value    TEXT    NOT NULL,
    PRIMARY KEY (model_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE logged_model_tags (
    model_id INTEGER NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
    key_id   INTEGER NOT NULL REFERENCES keys (id),
    value    TEXT    NOT NULL,
    PRIMARY KEY (model_id, key_id)
) STRICT, WITHOUT ROWID;

-- One row a point: an evaluation says a few numbers of a model, it does not log curves.
CREATE TABLE logged_model_metrics (
    model_id       INTEGER NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
    key_id         INTEGER NOT NULL REFERENCES keys (id),
    step           INTEGER NOT NULL,
    timestamp_ms   INTEGER NOT NULL,
    value          REAL,             -- NULL is NaN
    run_uuid       TEXT    NOT NULL,
    dataset_name   TEXT    NOT NULL, -- '' where no dataset was named
    dataset_digest TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX logged_model_metrics_once ON logged_model_metrics (
    model_id, key_id, dataset_name, dataset_digest, run_uuid, step, timestamp_ms, coalesce(value, 'NaN')
);

-- Models that a run read (direction 'input') or wrote ('output', at a step).
CREATE TABLE run_models (
    run_id    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    direction TEXT    NOT NULL CHECK (direction IN ('input', 'output')),
    model_id  TEXT    NOT NULL,
    step      INTEGER NOT NULL,
    PRIMARY KEY (run_id, direction, model_id)
) STRICT, WITHOUT ROWID;
