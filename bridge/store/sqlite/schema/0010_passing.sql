-- What our user runs with the bot beside the bridge, by hand or with another tool: its videos are not ours. words: as JSON.
CREATE TABLE passing (
    account        INTEGER NOT NULL,
    interaction_id TEXT    NOT NULL,
    message_id     TEXT    NOT NULL,
    sender         TEXT    NOT NULL,
    at_ms          INTEGER NOT NULL,
    words          TEXT    NOT NULL,
    PRIMARY KEY (account, interaction_id)
) STRICT;
CREATE INDEX passing_at ON passing (account, at_ms);
