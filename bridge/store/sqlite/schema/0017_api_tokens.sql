-- The tokens that open the API: the SHA-256 of each, never its text. scopes: separated by spaces. used_ms: to the minute.
-- origin: command (token create), first_start, setting (api_token). revoked_by: command, or setting for a token that a
-- changed setting has replaced. jobs_day, jobs: how many jobs it had accepted on the last day on which it had any.
CREATE TABLE api_tokens (
    number              INTEGER PRIMARY KEY AUTOINCREMENT,
    id                  TEXT    NOT NULL UNIQUE,
    tenant              TEXT    NOT NULL,
    digest              TEXT    NOT NULL UNIQUE,
    scopes              TEXT    NOT NULL,
    requests_per_minute INTEGER,
    jobs_per_day        INTEGER,
    streams             INTEGER,
    origin              TEXT    NOT NULL,
    created_ms          INTEGER NOT NULL,
    used_ms             INTEGER,
    expires_ms          INTEGER,
    revoked_ms          INTEGER,
    revoked_by          TEXT,
    jobs_day            INTEGER NOT NULL DEFAULT 0,
    jobs                INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX api_tokens_tenant ON api_tokens (tenant);

-- The token of the first start. When it was made is not known: at the latest now.
INSERT INTO api_tokens (id, tenant, digest, scopes, origin, created_ms)
SELECT lower(hex(randomblob(4))), 'default', value, 'jobs:read jobs:write accounts:read accounts:write secrets:read',
       'first_start', CAST(strftime('%s', 'now') AS INTEGER) * 1000
  FROM meta WHERE key = 'api_token';
DELETE FROM meta WHERE key = 'api_token';
