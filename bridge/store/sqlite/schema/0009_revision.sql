-- How often a job was changed: who saves one that somebody else has changed meanwhile is told, and reads anew.
ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET revision = coalesce(json_extract(body, '$.revision'), 0);
