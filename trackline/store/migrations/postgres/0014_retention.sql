-- What an experiment keeps of its runs.

CREATE TABLE retention (
    experiment_id BIGINT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    keep_best     BIGINT NOT NULL, -- so many runs; the others go to the trash
    metric        TEXT COLLATE "C" NOT NULL,
    goal          TEXT COLLATE "C" NOT NULL CHECK (goal IN ('min', 'max'))
);

-- When a rule put them in the trash; it does so once, so that what is restored stays.
ALTER TABLE runs ADD COLUMN retired_ms BIGINT;
