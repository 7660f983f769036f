-- What an experiment keeps of its runs.

CREATE TABLE retention (
    experiment_id   INTEGER PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    keep_best       INTEGER, -- so many runs, by the metric; the others go to the trash. NULL: all stay
    metric          TEXT,
    goal            TEXT CHECK (goal IN ('min', 'max')),
    thin_after_days INTEGER, -- so long after the end of a run its series are thinned to so many points; NULL: never
    thin_to         INTEGER
) STRICT;

-- When a rule put them in the trash; it does so once, so that what is restored stays.
ALTER TABLE runs ADD COLUMN retired_ms INTEGER;

-- To how many points the series was thinned; NULL: all are there. `points` says how many there were.
ALTER TABLE metric_summaries ADD COLUMN thinned INTEGER;
