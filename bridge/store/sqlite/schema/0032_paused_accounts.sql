-- A paused account takes no new jobs; what it has accepted goes on.
ALTER TABLE accounts ADD COLUMN is_paused INTEGER NOT NULL DEFAULT 0;
