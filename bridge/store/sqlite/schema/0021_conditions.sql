-- What is known of each running account by the process that runs it, for all other processes: its condition, and how
-- many videos no job got, with the newest one as JSON. machine: the process ('' while there is only one). An account that
-- does not run has no row, or one of a machine that does not hold it any more.
CREATE TABLE conditions (
    account   INTEGER PRIMARY KEY,
    machine   TEXT    NOT NULL DEFAULT '',
    standing  TEXT    NOT NULL,
    since_ms  INTEGER NOT NULL,
    reason    TEXT,
    remedy    TEXT,
    unmatched INTEGER NOT NULL,
    newest    TEXT
) STRICT;
