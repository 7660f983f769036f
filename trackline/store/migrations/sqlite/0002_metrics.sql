-- Points of metrics: where they lie and how they move from table to table is told in ../../METRIC-FORMAT.md.

-- What is known of a metric of a run without reading its points; search and tables read only this.
CREATE TABLE metric_summaries (
    run_id       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key_id       INTEGER NOT NULL REFERENCES keys (id),
    step         INTEGER NOT NULL, -- step, timestamp and value of the latest point
    timestamp_ms INTEGER NOT NULL,
    value        REAL,             -- NULL is NaN
    min_value    REAL,             -- the extremes pass over NaN; NULL: there was nothing else
    max_value    REAL,
    points       INTEGER NOT NULL,
    PRIMARY KEY (run_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX metric_summaries_by_value ON metric_summaries (key_id, value, run_id);

-- What came last, batch by batch, until it is sealed into blocks.
CREATE TABLE metric_log (
    run_id       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    points_until INTEGER NOT NULL, -- points in the run's log up to and including this row
    records      BLOB    NOT NULL,
    PRIMARY KEY (run_id, points_until)
) STRICT, WITHOUT ROWID;

-- Sorted, compressed points; those of one tier wait to be merged into the next.
CREATE TABLE metric_blocks (
    id           INTEGER PRIMARY KEY,
    run_id       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    tier         INTEGER NOT NULL,
    first_key_id INTEGER NOT NULL,
    last_key_id  INTEGER NOT NULL,
    points       INTEGER NOT NULL,
    payload      BLOB    NOT NULL
) STRICT;

CREATE INDEX metric_blocks_by_key ON metric_blocks (run_id, tier, first_key_id, last_key_id);
