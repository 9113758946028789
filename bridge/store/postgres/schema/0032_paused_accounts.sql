-- Works with the code of schema 30 and newer.
-- A paused account takes no new jobs; what it has accepted goes on.
ALTER TABLE accounts ADD COLUMN is_paused BIGINT NOT NULL DEFAULT 0;
