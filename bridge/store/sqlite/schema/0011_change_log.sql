-- Progress is kept for a day or so, the rest of the log as long as the jobs: what is gone of progress is no cut.
ALTER TABLE events ADD COLUMN is_progress INTEGER NOT NULL DEFAULT 0;
UPDATE events SET is_progress = 1 WHERE json_extract(snapshot, '$.state') = 'progress';
CREATE INDEX events_progress ON events (at_ms) WHERE is_progress = 1;

-- Up to which position the log is cut off, when it is; of one that is all gone that is the last position given.
INSERT INTO meta (key, value)
SELECT 'log_cut_at', cut_at
  FROM (SELECT coalesce((SELECT min(position) - 1 FROM events),
                        (SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS cut_at)
 WHERE cut_at > 0;

-- What nothing reads.
DROP INDEX events_subject;
ALTER TABLE events DROP COLUMN subject;
ALTER TABLE events DROP COLUMN channel;
ALTER TABLE events DROP COLUMN reply_ref;

-- Whether the bot's completions carry ids is seen in a few rows, not in a month of them.
CREATE INDEX job_messages_completions ON job_messages (account, rule) WHERE files IS NOT NULL;
-- The newest POST of which Discord has told the id, in the order in which they were kept.
CREATE INDEX interactions_told ON interactions (is_void) WHERE interaction_id IS NOT NULL;
