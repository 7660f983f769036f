-- Servers keep the documents of experiments as well. NULL: made by a server from before, and not kept.
ALTER TABLE experiments ADD COLUMN edition INTEGER;
UPDATE experiments SET edition = random();

-- The order in which experiments are listed unless another is asked for.
CREATE INDEX experiments_newest ON experiments (created_ms DESC, id);
