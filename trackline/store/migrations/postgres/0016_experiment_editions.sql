-- Servers keep the documents of experiments as well. NULL: made by a server from before, and not kept.
ALTER TABLE experiments ADD COLUMN edition BIGINT;
UPDATE experiments SET edition = (random() * 4e18)::bigint;

-- The order in which experiments are listed unless another is asked for.
CREATE INDEX experiments_newest ON experiments (created_ms DESC, id);
