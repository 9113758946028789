-- Where another process can resume the gateway session of a token: Discord's address for it, its id, the last event of
-- it that was processed, and when that was stored.
CREATE TABLE gateway_sessions (
    token_hash TEXT COLLATE "C" PRIMARY KEY,
    url        TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    sequence   BIGINT NOT NULL,
    stored_ms  BIGINT NOT NULL
);

-- Which process has stored a condition is known by the lease that it was stored under.
ALTER TABLE conditions DROP COLUMN machine;
