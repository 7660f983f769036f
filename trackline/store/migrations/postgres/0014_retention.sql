-- What an experiment keeps of its runs.

CREATE TABLE retention (
    experiment_id   BIGINT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    keep_best       BIGINT, -- so many runs, by the metric; the others go to the trash. NULL: all stay
    metric          TEXT COLLATE "C",
    goal            TEXT COLLATE "C" CHECK (goal IN ('min', 'max')),
    thin_after_days BIGINT, -- so long after the end of a run its series are thinned to so many points; NULL: never
    thin_to         BIGINT
);

-- When a rule put them in the trash; it does so once, so that what is restored stays.
ALTER TABLE runs ADD COLUMN retired_ms BIGINT;

-- To how many points the series was thinned; NULL: all are there. `points` says how many there were.
ALTER TABLE metric_summaries ADD COLUMN thinned BIGINT;
