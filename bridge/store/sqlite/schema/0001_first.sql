CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- One Discord token serving one channel of one tenant. kind: configured (in the list), passing (came with a
-- request), retired (replaced or removed, still drains what it owes).
CREATE TABLE accounts (
    id            INTEGER PRIMARY KEY,
    tenant        TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    channel       TEXT    NOT NULL,
    server        TEXT    NOT NULL,
    max_jobs      INTEGER NOT NULL,
    token         BLOB    NOT NULL,
    token_hash    TEXT    NOT NULL,
    person_hash   TEXT    NOT NULL,
    mask          TEXT    NOT NULL,
    hold_until_ms INTEGER NOT NULL DEFAULT 0,
    listened_ms   INTEGER NOT NULL DEFAULT 0,
    updated_ms    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX accounts_channel ON accounts (tenant, channel) WHERE kind = 'configured';
CREATE UNIQUE INDEX accounts_token   ON accounts (tenant, token_hash) WHERE kind = 'configured';

-- What the configuration file said of a channel when it was last applied.
CREATE TABLE configured (
    tenant  TEXT NOT NULL,
    channel TEXT NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (tenant, channel)
) STRICT;

CREATE TABLE jobs (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    tenant      TEXT    NOT NULL,
    account     INTEGER NOT NULL REFERENCES accounts,
    channel     TEXT    NOT NULL,
    parent      TEXT,
    verb        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    is_owed     INTEGER NOT NULL,
    reply_ref   TEXT,
    created_ms  INTEGER NOT NULL,
    ended_ms    INTEGER,
    body        TEXT    NOT NULL
) STRICT;
CREATE INDEX jobs_open    ON jobs (account) WHERE ended_ms IS NULL;
CREATE INDEX jobs_slots   ON jobs (tenant, channel) WHERE ended_ms IS NULL;
CREATE INDEX jobs_owed    ON jobs (account) WHERE is_owed = 1;
CREATE INDEX jobs_history ON jobs (tenant, number);
CREATE INDEX jobs_parent  ON jobs (parent) WHERE parent IS NOT NULL;

-- One row per POST begun. The index is the promise: at most one submission per job that is not proven void.
CREATE TABLE interactions (
    nonce          TEXT    PRIMARY KEY,
    job            TEXT    NOT NULL REFERENCES jobs (id),
    account        INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    sender         TEXT,
    interaction_id TEXT,
    answer         TEXT,
    modal          TEXT,
    is_void        INTEGER NOT NULL DEFAULT 0,
    sent_ms        INTEGER NOT NULL,
    answered_ms    INTEGER
) STRICT;
CREATE UNIQUE INDEX interactions_once ON interactions (job, kind) WHERE is_void = 0;
CREATE INDEX interactions_id ON interactions (interaction_id) WHERE interaction_id IS NOT NULL;
CREATE INDEX interactions_job ON interactions (job);
CREATE INDEX interactions_sent ON interactions (account, sent_ms);

-- What was answered to a request that carried an Idempotency-Key; NULL: its answer has not left yet.
CREATE TABLE idempotency (
    tenant      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    job         TEXT    NOT NULL REFERENCES jobs (id),
    status      INTEGER,
    body        TEXT,
    made_ms     INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

-- Which message belongs to which job, and by which rule that was found.
CREATE TABLE job_messages (
    account    INTEGER NOT NULL,
    message_id TEXT    NOT NULL,
    job        TEXT    NOT NULL REFERENCES jobs (id),
    author     TEXT,
    files      TEXT,
    rule       TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (account, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_messages_job   ON job_messages (job);
CREATE INDEX job_messages_files ON job_messages (account, files) WHERE files IS NOT NULL;

-- Messages of the bot in our channels that could be of several jobs, for a day.
CREATE TABLE strays (
    account    INTEGER NOT NULL,
    message_id TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (account, message_id)
) STRICT, WITHOUT ROWID;

-- The change log.
CREATE TABLE events (
    position  INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant    TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    channel   TEXT    NOT NULL,
    reply_ref TEXT,
    at_ms     INTEGER NOT NULL,
    snapshot  TEXT    NOT NULL
) STRICT;
CREATE INDEX events_subject ON events (subject);

-- A POST owed to a replyUrl. Who attempts it claims it until a time, so a crash loses no claim.
CREATE TABLE deliveries (
    id       TEXT    PRIMARY KEY,
    tenant   TEXT    NOT NULL,
    job      TEXT    NOT NULL,
    position INTEGER NOT NULL REFERENCES events (position),
    url      TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    tries    INTEGER NOT NULL DEFAULT 0,
    due_ms   INTEGER NOT NULL,
    claim_ms INTEGER NOT NULL DEFAULT 0,
    made_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (due_ms) WHERE state = 'pending';
CREATE INDEX deliveries_job ON deliveries (job, position);

CREATE TABLE attempts (
    delivery    TEXT    NOT NULL REFERENCES deliveries (id),
    at_ms       INTEGER NOT NULL,
    status      INTEGER,
    duration_ms INTEGER NOT NULL,
    error       TEXT
) STRICT;
CREATE INDEX attempts_delivery ON attempts (delivery, at_ms);
