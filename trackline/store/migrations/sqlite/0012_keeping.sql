-- What keeps house: runs that died, the trash, and work in the background.

-- When the server last heard of a run, to some seconds; NULL: before this was noted.
ALTER TABLE runs ADD COLUMN seen_ms INTEGER;
UPDATE runs SET seen_ms = (SELECT max(timestamp_ms) FROM metric_summaries WHERE run_id = runs.id)
WHERE status = 'RUNNING';

CREATE INDEX runs_going_on ON runs (coalesce(seen_ms, start_ms)) WHERE status = 'RUNNING' AND lifecycle = 'active';

-- When they went into the trash.
ALTER TABLE experiments ADD COLUMN deleted_ms INTEGER;
ALTER TABLE logged_models ADD COLUMN deleted_ms INTEGER;
UPDATE experiments SET deleted_ms = updated_ms WHERE lifecycle = 'deleted';
UPDATE logged_models SET deleted_ms = updated_ms WHERE lifecycle = 'deleted';

CREATE INDEX runs_in_trash ON runs (deleted_ms) WHERE lifecycle = 'deleted';
CREATE INDEX logged_models_in_trash ON logged_models (deleted_ms) WHERE lifecycle = 'deleted';

-- What of others names a run or a model that is removed for good.
CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run_uuid);
CREATE INDEX run_models_by_model ON run_models (model_id);

-- Folders whose run or logged model is gone for good, until they are gone as well: written with the deletion of the rows.
CREATE TABLE doomed_folders (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    uri       TEXT    NOT NULL,
    doomed_ms INTEGER NOT NULL
) STRICT;

-- Work that one of the servers does now and then.
CREATE TABLE chores (
    name             TEXT PRIMARY KEY,
    due_ms           INTEGER NOT NULL,
    claimed_by       TEXT,             -- the process that is at it
    claimed_until_ms INTEGER           -- then another may
) STRICT, WITHOUT ROWID;
