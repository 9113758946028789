-- Until when Discord wants nothing asked by an account's person, and when it said so. hold_until_ms is also of what
-- concerns the account's commands alone.
ALTER TABLE accounts ADD COLUMN silenced_ms     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN silent_until_ms INTEGER NOT NULL DEFAULT 0;
