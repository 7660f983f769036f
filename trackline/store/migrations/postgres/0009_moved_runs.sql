-- Runs that were moved to another experiment, and the logged models that went with them: their files stay where they are.

-- The artifact location of the experiment whose folder holds the files; NULL: that of the experiment they are in.
ALTER TABLE runs ADD COLUMN artifact_location TEXT COLLATE "C";
ALTER TABLE logged_models ADD COLUMN artifact_location TEXT COLLATE "C";

CREATE INDEX runs_moved ON runs (artifact_location, experiment_id) WHERE artifact_location IS NOT NULL;
CREATE INDEX logged_models_moved ON logged_models (artifact_location, experiment_id)
WHERE artifact_location IS NOT NULL;
CREATE INDEX logged_models_by_run ON logged_models (source_run_id);
