-- Who is asked: host and port of the URL. What is owed to one receiver never stands before another's.
ALTER TABLE deliveries ADD COLUMN receiver TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET receiver = url;
CREATE INDEX deliveries_by_receiver ON deliveries (receiver, due_ms) WHERE state = 'pending';

-- For the list of callbacks, newest first.
CREATE INDEX deliveries_listed   ON deliveries (tenant, position);
CREATE INDEX deliveries_by_state ON deliveries (tenant, state, position);

-- What callbacks are signed with, encrypted. ends_ms NULL: the one in use; else it signs too until then.
CREATE TABLE webhook_secrets (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  TEXT    NOT NULL,
    secret  BLOB    NOT NULL,
    ends_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX webhook_secrets_in_use ON webhook_secrets (tenant) WHERE ends_ms IS NULL;
