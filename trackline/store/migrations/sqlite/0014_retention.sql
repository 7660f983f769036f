-- What an experiment keeps of its runs.

CREATE TABLE retention (
    experiment_id INTEGER PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    keep_best     INTEGER NOT NULL, -- so many runs; the others go to the trash
    metric        TEXT    NOT NULL,
    goal          TEXT    NOT NULL CHECK (goal IN ('min', 'max'))
) STRICT;

-- When a rule put them in the trash; it does so once, so that what is restored stays.
ALTER TABLE runs ADD COLUMN retired_ms INTEGER;
