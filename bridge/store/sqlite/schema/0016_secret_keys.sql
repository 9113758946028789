-- The keys that secrets are or were encrypted with, by fingerprint: a wrong key is noticed by the known text that it
-- cannot decrypt. wrapped: the key itself, encrypted with the one before it, for a bridge that runs and has only that.
CREATE TABLE secret_keys (
    fingerprint TEXT    PRIMARY KEY,
    source      TEXT    NOT NULL,
    canary      BLOB    NOT NULL,
    wrapped     BLOB,
    is_current  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX secret_keys_current ON secret_keys (is_current) WHERE is_current = 1;
