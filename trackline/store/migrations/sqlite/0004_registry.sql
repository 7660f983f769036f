-- The model registry: names, the versions below them, what was said of both, and how it came to be so.

CREATE TABLE registered_models (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, since the history of a deleted model stays
    name         TEXT    NOT NULL UNIQUE,
    description  TEXT,
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL,
    last_version INTEGER NOT NULL DEFAULT 0         -- the number given last; that of a deleted version stays taken
) STRICT;

CREATE TABLE registered_model_tags (
    model_id INTEGER NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
    key_id   INTEGER NOT NULL REFERENCES keys (id),
    value    TEXT    NOT NULL,
    PRIMARY KEY (model_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX registered_model_tags_by_value ON registered_model_tags (key_id, substr(value, 1, 64), model_id);

CREATE TABLE model_versions (
    id              INTEGER PRIMARY KEY,
    model_id        INTEGER NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
    version         INTEGER NOT NULL,
    description     TEXT,
    stage           TEXT    NOT NULL CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
    source          TEXT    NOT NULL, -- what was registered, as the client named it
    location        TEXT    NOT NULL, -- where its files are
    run_uuid        TEXT    NOT NULL, -- '' where it comes from no run
    logged_model_id TEXT,             -- as clients know it
    run_link        TEXT    NOT NULL,
    created_ms      INTEGER NOT NULL,
    updated_ms      INTEGER NOT NULL,
    UNIQUE (model_id, version)
) STRICT;

CREATE INDEX model_versions_by_stage ON model_versions (model_id, stage, version);
CREATE INDEX model_versions_newest ON model_versions (updated_ms DESC);
CREATE INDEX model_versions_by_creation ON model_versions (created_ms);
CREATE INDEX model_versions_by_run ON model_versions (run_uuid);
CREATE INDEX model_versions_by_source ON model_versions (source);
CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model_id) WHERE logged_model_id IS NOT NULL;

CREATE TABLE model_version_tags (
    version_id INTEGER NOT NULL REFERENCES model_versions (id) ON DELETE CASCADE,
    key_id     INTEGER NOT NULL REFERENCES keys (id),
    value      TEXT    NOT NULL,
    PRIMARY KEY (version_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_version_tags_by_value ON model_version_tags (key_id, substr(value, 1, 64), version_id);

CREATE TABLE model_aliases (
    model_id INTEGER NOT NULL,
    alias    TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (model_id, alias),
    FOREIGN KEY (model_id, version) REFERENCES model_versions (model_id, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Every change of the tables above, written with it. No reference to them: what is deleted keeps its history.
CREATE TABLE registry_history (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms    INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    model_id INTEGER NOT NULL,
    model    TEXT    NOT NULL, -- the name that the model had after the change
    version  INTEGER,          -- NULL: the change is one of the model itself
    what     TEXT    NOT NULL,
    key      TEXT,             -- which alias, which tag
    before   TEXT,             -- NULL is nothing
    after    TEXT
) STRICT;

CREATE INDEX registry_history_of_model ON registry_history (model_id, id);
CREATE INDEX registry_history_of_version ON registry_history (model_id, version, id);
CREATE INDEX registry_history_by_name ON registry_history (model, model_id);
CREATE INDEX registry_history_of_alias ON registry_history (model_id, key, id) WHERE what = 'alias';

CREATE TRIGGER registry_history_is_not_changed BEFORE UPDATE ON registry_history
BEGIN
    SELECT RAISE(ABORT, 'the history of the registry is only added to');
END;

CREATE TRIGGER registry_history_is_not_deleted BEFORE DELETE ON registry_history
BEGIN
    SELECT RAISE(ABORT, 'the history of the registry is only added to');
END;
