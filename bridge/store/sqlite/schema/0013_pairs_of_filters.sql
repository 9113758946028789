-- Filters that are given together have ranges of their own: of a channel by status and verb, of a status by verb.
-- A job that changes moves in three indexes, as before; the channel's own no longer holds what changes.
DROP INDEX jobs_by_channel;
DROP INDEX jobs_by_status;
CREATE INDEX jobs_by_channel ON jobs (tenant, channel, number);
CREATE INDEX jobs_in_channel ON jobs (tenant, channel, status, verb, number);
CREATE INDEX jobs_by_status  ON jobs (tenant, status, verb, number);

-- Jobs that are old are found by their accounts.
DROP INDEX jobs_ended;

-- In the order in which they are read: otherwise a walk along a history, which needs no sorting, looks cheaper.
DROP INDEX jobs_slots;
DROP INDEX jobs_executing;
CREATE INDEX jobs_slots     ON jobs (tenant, channel, number) WHERE ended_ms IS NULL;
CREATE INDEX jobs_executing ON jobs (tenant, number) WHERE ended_ms IS NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('jobs', 'jobs_by_channel', '50000 50000 500 1'),
    ('jobs', 'jobs_in_channel', '50000 50000 500 167 84 1'),
    ('jobs', 'jobs_by_status', '50000 50000 16667 8334 1'),
    ('jobs', 'jobs_slots', '200 200 2 1'),
    ('jobs', 'jobs_executing', '200 200 1');
ANALYZE sqlite_schema;
