-- Servers keep the documents of experiments as well. NULL: made by a server from before, and not kept.
ALTER TABLE experiments ADD COLUMN edition INTEGER;
UPDATE experiments SET edition = random();
