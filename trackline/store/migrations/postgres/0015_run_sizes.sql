-- What a run holds in the database, in bytes, as it was last counted; NULL: it has to be counted.
ALTER TABLE runs ADD COLUMN metadata_bytes BIGINT; -- params, tags and summaries
ALTER TABLE runs ADD COLUMN points_bytes BIGINT;
