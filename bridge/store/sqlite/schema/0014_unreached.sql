-- For how long an account has had no connection to Discord while the bridge ran; 0 once it has one.
ALTER TABLE accounts ADD COLUMN unreached_ms INTEGER NOT NULL DEFAULT 0;
