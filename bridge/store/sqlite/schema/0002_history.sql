-- The contract's word for a state (bridge/jobs/job.py: STATUS), so that a history of one status is one walk
-- along an index.
ALTER TABLE jobs ADD COLUMN status TEXT GENERATED ALWAYS AS (
    CASE state
        WHEN 'waiting'  THEN 'created'
        WHEN 'sending'  THEN 'created'
        WHEN 'sent'     THEN 'created'
        WHEN 'given_up' THEN 'failed'
        ELSE state
    END
) VIRTUAL;

-- One index for each filter that a history may lead with. The columns behind the number are for the other
-- filters: they are checked in the index, so that only rows of the answer are fetched.
CREATE INDEX jobs_by_reference ON jobs (tenant, reply_ref, number, status, verb, channel) WHERE reply_ref IS NOT NULL;
CREATE INDEX jobs_by_channel   ON jobs (tenant, channel, number, status, verb);
CREATE INDEX jobs_by_status    ON jobs (tenant, status, number, verb);
CREATE INDEX jobs_by_verb      ON jobs (tenant, verb, number);

-- In the order in which they are read: otherwise a walk along a history, which needs no sorting, looks cheaper.
DROP INDEX jobs_slots;
CREATE INDEX jobs_slots     ON jobs (tenant, channel, number) WHERE ended_ms IS NULL;
CREATE INDEX jobs_executing ON jobs (tenant, number) WHERE ended_ms IS NULL;

-- What a tenant has set for itself.
CREATE TABLE tenants (
    tenant    TEXT PRIMARY KEY,
    name      TEXT,
    reply_url TEXT
) STRICT;

-- Fresh links to files on Discord's CDN, by the part of the link that stays.
CREATE TABLE links (
    place   TEXT    PRIMARY KEY,
    url     TEXT    NOT NULL,
    dies_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX links_dying ON links (dies_ms);
