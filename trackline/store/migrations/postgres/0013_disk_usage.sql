-- How much room things take, as it was found at times.

-- Files, for runs and logged models; NULL: they were not looked at yet.
ALTER TABLE runs ADD COLUMN artifact_files BIGINT;
ALTER TABLE runs ADD COLUMN artifact_bytes BIGINT;
ALTER TABLE logged_models ADD COLUMN artifact_files BIGINT;
ALTER TABLE logged_models ADD COLUMN artifact_bytes BIGINT;

CREATE INDEX runs_with_files ON runs (artifact_bytes) WHERE artifact_bytes > 0;
CREATE INDEX logged_models_with_files ON logged_models (artifact_bytes) WHERE artifact_bytes > 0;

-- All that an experiment holds; of that, what lies in the trash.
CREATE TABLE disk_usage (
    experiment_id  BIGINT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    runs           BIGINT NOT NULL,
    metadata_bytes BIGINT NOT NULL, -- params, tags and summaries
    points_bytes   BIGINT NOT NULL,
    artifact_bytes BIGINT NOT NULL,
    trash_bytes    BIGINT NOT NULL,
    measured_ms    BIGINT NOT NULL
);
