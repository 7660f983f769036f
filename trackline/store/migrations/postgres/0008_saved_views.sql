-- How people look at the runs of an experiment, by name: what an address of its table says after the question mark.

CREATE TABLE saved_views (
    experiment_id BIGINT           NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    name          TEXT COLLATE "C" NOT NULL,
    query         TEXT COLLATE "C" NOT NULL,
    is_default    INTEGER          NOT NULL CHECK (is_default IN (0, 1)), -- at most one of an experiment
    updated_ms    BIGINT           NOT NULL,
    PRIMARY KEY (experiment_id, name)
);
