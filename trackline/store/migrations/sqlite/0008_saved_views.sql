-- How people look at the runs of an experiment, by name: what an address of its table says after the question mark.

CREATE TABLE saved_views (
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    query         TEXT    NOT NULL,
    is_default    INTEGER NOT NULL CHECK (is_default IN (0, 1)), -- at most one of an experiment
    updated_ms    INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, name)
) STRICT, WITHOUT ROWID;
