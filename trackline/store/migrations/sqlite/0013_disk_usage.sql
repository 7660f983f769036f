-- How much room things take, as it was found at times.

-- Files, for runs and logged models; NULL: they were not looked at yet.
ALTER TABLE runs ADD COLUMN artifact_files INTEGER;
ALTER TABLE runs ADD COLUMN artifact_bytes INTEGER;
ALTER TABLE logged_models ADD COLUMN artifact_files INTEGER;
ALTER TABLE logged_models ADD COLUMN artifact_bytes INTEGER;

CREATE INDEX runs_with_files ON runs (artifact_bytes) WHERE artifact_bytes > 0;
CREATE INDEX logged_models_with_files ON logged_models (artifact_bytes) WHERE artifact_bytes > 0;

-- All that an experiment holds; of that, what lies in the trash.
CREATE TABLE disk_usage (
    experiment_id  INTEGER PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    runs           INTEGER NOT NULL,
    metadata_bytes INTEGER NOT NULL, -- params, tags and summaries
    points_bytes   INTEGER NOT NULL,
    artifact_bytes INTEGER NOT NULL,
    trash_bytes    INTEGER NOT NULL,
    measured_ms    INTEGER NOT NULL
) STRICT;
