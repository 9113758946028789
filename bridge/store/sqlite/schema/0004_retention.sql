-- Jobs that were kept as long as they had to be: that they were there, and whose, for as long again.
CREATE TABLE tombstones (
    job     TEXT    PRIMARY KEY,
    tenant  TEXT    NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_made ON tombstones (made_ms);

-- What is old, found without a walk through what is not.
CREATE INDEX jobs_ended      ON jobs (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX deliveries_made ON deliveries (made_ms) WHERE state <> 'pending';
CREATE INDEX strays_said     ON strays (at_ms);
CREATE INDEX idempotency_age ON idempotency (made_ms);

-- What refers to a row that is to go: looked for by SQLite at each DELETE, and by us before it.
CREATE INDEX jobs_account        ON jobs (account, ended_ms);
CREATE INDEX deliveries_position ON deliveries (position);
CREATE INDEX idempotency_job     ON idempotency (job);
