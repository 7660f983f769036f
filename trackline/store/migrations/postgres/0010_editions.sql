-- Servers keep the documents of ended runs in the form in which they are sent.
-- The edition is drawn by chance with each change of what such a document says. NULL: that changes without notice.
ALTER TABLE runs ADD COLUMN edition BIGINT;
UPDATE runs SET edition = (random() * 4e18)::bigint WHERE status IN ('FINISHED', 'FAILED', 'KILLED');
